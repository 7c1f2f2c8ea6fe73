//! Mail in, findings and gaps out.

//! Encryption on the way to the next hop: where offered, required, or with a verified certificate.

use super::settings::{Target, Written};
use crate::problem::Problem;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;

/// When to encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    Never,
    /// Where the next hop offers it; its certificate is not checked.
    #[default]
    Offered,
    /// Always; its certificate is not checked.
    Required,
    /// Always, and its certificate is checked.
    Verified,
}

/// Encryption as meant.
#[derive(Clone)]
pub struct Tls {
    /// When.
    pub mode: Mode,
    /// The name the next hop's certificate must bear.
    pub name: ServerName<'static>,
    /// How.
    pub config: Arc<ClientConfig>,
}

/// Reads the TLS settings with their files.
pub(super) fn read(
    written: &Written,
    release: Option<&Target>,
    file: &str,
    problems: &mut Vec<Problem>,
) -> Option<Tls> {
    let before = problems.len();
    let host = match release {
        Some(Target::Inet(host, _)) if written.tls_name.is_empty() => host.as_str(),
        _ => written.tls_name.as_str(),
    };
    let name = ServerName::try_from(host.to_owned()).ok();
    if name.is_none() && written.tls == Mode::Verified {
        let problem = Problem::new(file, None, "courier.tls_name is not a host name");
        problems.push(problem.written(host).right("the name in the next hop's certificate"));
    }
    // Unverified, the name is sent but not checked.
    let name = name.or_else(|| ServerName::try_from("localhost").ok())?;
    let roots = roots(written, file, problems);
    let identity = identity(written, file, problems);
    if problems.len() > before {
        return None;
    }
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = versions.ok()?.dangerous();
    let verifier: Arc<dyn ServerCertVerifier> = if written.tls == Mode::Verified {
        let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build() else {
            problems.push(Problem::new(file, None, "courier.tls_roots holds no certificate that can sign others"));
            return None;
        };
        verifier
    } else {
        Arc::new(AnyCertificate(provider))
    };
    let builder = builder.with_custom_certificate_verifier(verifier);
    let Some((chain, key)) = identity else {
        return Some(Tls { mode: written.tls, name, config: Arc::new(builder.with_no_client_auth()) });
    };
    let Ok(config) = builder.with_client_auth_cert(chain, key) else {
        problems.push(Problem::new(file, None, "courier.tls_key does not belong to courier.tls_certificate"));
        return None;
    };
    Some(Tls { mode: written.tls, name, config: Arc::new(config) })
}

fn certificates(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_file_iter(path).ok()?.collect::<Result<_, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}

fn roots(written: &Written, file: &str, problems: &mut Vec<Problem>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let Some(path) = &written.tls_roots else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return roots;
    };
    if let Some(all) = certificates(path) {
        roots.add_parsable_certificates(all);
    } else {
        let problem = Problem::new(file, None, "courier.tls_roots cannot be read");
        problems.push(problem.written(path.display().to_string()).right("a PEM file of certificates"));
    }
    roots
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(written: &Written, file: &str, problems: &mut Vec<Problem>) -> Option<Identity> {
    let (certificate, key) = match (&written.tls_certificate, &written.tls_key) {
        (None, None) => return None,
        (Some(certificate), Some(key)) => (certificate, key),
        _ => {
            let what = "courier.tls_certificate and courier.tls_key go together: one is missing";
            problems.push(Problem::new(file, None, what).right("both, as PEM files"));
            return None;
        }
    };
    let chain = certificates(certificate);
    let secret = PrivateKeyDer::from_pem_file(key).ok();
    for (missing, name, path) in [(chain.is_none(), "tls_certificate", certificate), (secret.is_none(), "tls_key", key)]
    {
        if missing {
            let problem = Problem::new(file, None, format!("courier.{name} cannot be read"));
            problems.push(problem.written(path.display().to_string()).right("a PEM file"));
        }
    }
    Some((chain?, secret?))
}

/// Takes any certificate, as mail servers do among themselves: encryption against listeners, no proof of who it
/// is. The handshake's signature is checked all the same.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

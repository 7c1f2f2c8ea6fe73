//! PDF files in the making.

use std::io::Write as _;

/// A document in the making: objects, the first of which is the catalogue and the second the list of pages.
pub struct Pdf {
    objects: Vec<Vec<u8>>,
    pages: Vec<usize>,
    /// Entries of the catalogue beside the pages.
    pub catalog: String,
    /// Entries of the trailer beside the catalogue.
    pub trailer: String,
}

impl Pdf {
    pub fn new() -> Self {
        Self { objects: vec![Vec::new(); 2], pages: Vec::new(), catalog: String::new(), trailer: String::new() }
    }

    /// Adds an object and gives its number.
    pub fn object(&mut self, content: &str) -> usize {
        self.objects.push(content.as_bytes().to_vec());
        self.objects.len()
    }

    /// Adds an object as it is and gives its number.
    pub fn raw(&mut self, content: Vec<u8>) -> usize {
        self.objects.push(content);
        self.objects.len()
    }

    /// Lists a page once more.
    pub fn again(&mut self, page: usize) {
        self.pages.push(page);
    }

    /// Adds a stream, packed, and gives its number.
    pub fn stream(&mut self, entries: &str, content: &[u8]) -> usize {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(content).unwrap();
        let code = packer.finish().unwrap();
        let mut object = format!("<< {entries} /Filter /FlateDecode /Length {} >>\nstream\n", code.len()).into_bytes();
        object.extend_from_slice(&code);
        object.extend_from_slice(b"\nendstream");
        self.objects.push(object);
        self.objects.len()
    }

    /// Adds a page in Helvetica (`/F1`) with more resources and entries, and gives its number.
    pub fn page(&mut self, content: &str, resources: &str, entries: &str) -> usize {
        let stream = self.stream("", content.as_bytes());
        let page = self.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {stream} 0 R {entries} /Resources << {resources} /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> >> >> >>"
        ));
        self.pages.push(page);
        page
    }

    /// The whole file.
    pub fn finish(mut self) -> Vec<u8> {
        let kids: Vec<String> = self.pages.iter().map(|page| format!("{page} 0 R")).collect();
        self.objects[0] = format!("<< /Type /Catalog /Pages 2 0 R {} >>", self.catalog).into_bytes();
        self.objects[1] = format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), kids.len()).into_bytes();
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut places = Vec::new();
        for (number, object) in (1..).zip(&self.objects) {
            places.push(file.len());
            file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            file.extend_from_slice(object);
            file.extend_from_slice(b"\nendobj\n");
        }
        let start = file.len();
        file.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).as_bytes());
        for place in &places {
            file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
        }
        let trailer = format!(
            "trailer\n<< /Size {} /Root 1 0 R {} >>\nstartxref\n{start}\n%%EOF\n",
            places.len() + 1,
            self.trailer
        );
        file.extend_from_slice(trailer.as_bytes());
        file
    }
}

/// A document of one page.
pub fn one_page(content: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.page(content, "", "");
    pdf.finish()
}

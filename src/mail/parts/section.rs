//! Where in its file a piece of text stands, as a person would call it.

/// Where in its file a piece stands: `sheet 2, called "Marks"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Section {
    /// The piece.
    pub piece: u32,
    /// What the section is.
    pub kind: SectionKind,
    /// Which one it is, from 1; 0 where sections of this kind are not counted.
    pub number: u32,
    /// The piece with its name, where it has one.
    pub name: Option<u32>,
}

/// The sections of files, as a person would call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// A sheet of a workbook.
    Sheet,
    /// A sheet that is not shown.
    HiddenSheet,
    /// A slide.
    Slide,
    /// A slide that is not shown.
    HiddenSlide,
    /// A page.
    Page,
    /// A speaker's notes.
    Notes,
    /// Comments.
    Comments,
    /// A header or footer.
    HeaderOrFooter,
    /// Footnotes and endnotes.
    Footnotes,
    /// Title, author, keywords, and what else is said of the document.
    Properties,
    /// Text that only a program sees: variables, data behind fields, links.
    Behind,
    /// Names of files in an archive.
    Names,
    /// Fields of a form, with what was filled in.
    Form,
    /// Bookmarks.
    Bookmarks,
    /// Letters in a picture, as a program made them out.
    Letters,
}

impl SectionKind {
    /// What a sender calls it.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Sheet => "sheet",
            Self::HiddenSheet => "hidden sheet",
            Self::Slide => "slide",
            Self::HiddenSlide => "hidden slide",
            Self::Page => "page",
            Self::Notes => "the notes",
            Self::Comments => "the comments",
            Self::HeaderOrFooter => "a header or footer",
            Self::Footnotes => "the footnotes",
            Self::Properties => "the document properties",
            Self::Behind => "data behind the text",
            Self::Names => "the names of the files",
            Self::Form => "the form fields",
            Self::Bookmarks => "the bookmarks",
            Self::Letters => "the letters in the picture",
        }
    }
}

//! A document being read: tokens in, texts and files out.

use rustc_hash::FxHashMap;

use super::object::{self, Blob, File};
use super::page::Page;
use super::token::Token;
use super::words::{self, Kind, Target};
use crate::mail::open::codepage::{CodePage, WESTERN};

/// From letters, however they are written, to the words of the page.
mod letters;

/// Groups within groups beyond this are read as if they were one.
const DEPTH: usize = 10_000;
/// Fonts beyond this are not known.
const FONTS: usize = 65_536;

/// What holds until a group ends.
#[derive(Clone, Copy)]
struct State {
    target: Target,
    font: Option<i32>,
    /// Letters that follow `\u` for programs that do not know it.
    fallback: u32,
    hidden: bool,
    deleted: bool,
    in_table: bool,
    /// Not in the HTML that the document was made from.
    outside_html: bool,
    /// Its pictures are shown by old programs only.
    old: bool,
}

/// A document being read.
pub(super) struct Document {
    /// Its texts.
    pub page: Page,
    /// The HTML that it was made from; empty where it was not.
    pub html: String,
    /// The files in it.
    pub files: Vec<File>,
    /// Groups stood too deep in one another.
    pub deep: bool,
    /// More binary data was announced than there was.
    pub lies: bool,
    from_html: bool,
    files_left: usize,
    state: State,
    stack: Vec<State>,
    /// Groups open beyond the limit.
    deeper: usize,
    /// The group has just begun.
    fresh: bool,
    /// A star stands at its beginning.
    starred: bool,
    code_page: CodePage,
    default_font: Option<i32>,
    fonts: FxHashMap<i32, CodePage>,
    /// The font whose entry is read.
    font: i32,
    /// Bytes of letters not yet read.
    pending: Vec<u8>,
    /// The first half of a letter beyond 16 bits.
    half: Option<u16>,
    /// Letters still to be left out behind `\u`.
    left_out: u32,
    blob: Blob,
    object_name: String,
}

impl Document {
    /// Nothing read yet, and room for so many cells, files and bytes of text.
    pub fn new(cells: usize, files: usize, text: usize) -> Self {
        Self {
            page: Page::new(cells, text),
            html: String::new(),
            from_html: false,
            files: Vec::new(),
            deep: false,
            lies: false,
            files_left: files,
            state: State {
                target: Target::Flow(Kind::Body),
                font: None,
                fallback: 1,
                hidden: false,
                deleted: false,
                in_table: false,
                outside_html: false,
                old: false,
            },
            stack: Vec::new(),
            deeper: 0,
            fresh: false,
            starred: false,
            code_page: WESTERN,
            default_font: None,
            fonts: FxHashMap::default(),
            font: 0,
            pending: Vec::new(),
            half: None,
            left_out: 0,
            blob: Blob::default(),
            object_name: String::new(),
        }
    }

    /// Reads what stands next.
    pub fn token(&mut self, token: &Token<'_>) {
        match *token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Word(name, value) => self.word(name, value),
            Token::Symbol(b'*') => self.starred = true,
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Byte(byte) => self.byte(byte),
            Token::Text(text) => self.text(text),
            Token::Binary(bytes) => {
                if matches!(self.state.target, Target::Picture | Target::Object) {
                    self.blob.raw(bytes);
                }
            }
            Token::Lie => self.lies = true,
        }
    }

    fn open(&mut self) {
        self.flush();
        self.left_out = 0;
        if self.stack.len() < DEPTH {
            self.stack.push(self.state);
        } else {
            self.deeper += 1;
            self.deep = true;
        }
        (self.fresh, self.starred) = (true, false);
    }

    fn close(&mut self) {
        self.flush();
        self.left_out = 0;
        (self.fresh, self.starred) = (false, false);
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(outer) = self.stack.pop() else { return };
        let ended = self.state.target;
        self.state = outer;
        if ended != outer.target {
            self.ended(ended);
        }
        if self.stack.is_empty() {
            // The document is over; what stands behind it is shown by no program.
            self.state.target = Target::Flow(Kind::Behind);
        }
    }

    /// A group with a target of its own has ended.
    fn ended(&mut self, target: Target) {
        match target {
            Target::Flow(Kind::Body) | Target::Silent | Target::Fonts | Target::Tag | Target::ObjectName => (),
            Target::Flow(kind) => self.page.part(kind),
            Target::Picture => {
                let content = self.blob.take();
                self.file(object::picture(content));
            }
            Target::Object => {
                let content = self.blob.take();
                let name = std::mem::take(&mut self.object_name);
                self.file(object::object(content, &name));
            }
        }
    }

    fn file(&mut self, file: Option<File>) {
        // One more than there may be, so that the limit is told.
        if let Some(file) = file
            && self.files.len() <= self.files_left
        {
            self.files.push(file);
        }
    }

    fn word(&mut self, name: &[u8], value: Option<i32>) {
        let (fresh, starred) = (self.fresh, self.starred);
        self.fresh = false;
        if name == b"u" {
            self.letter(value.unwrap_or(0));
            return;
        }
        if let Some(letters) = words::letters(name) {
            if self.left_out > 0 && letters != "\n" {
                self.left_out -= 1;
            } else {
                self.flush();
                self.mark(letters);
            }
            return;
        }
        self.flush();
        if fresh && self.enter(name, starred) {
            return;
        }
        let on = value != Some(0);
        match name {
            b"ud" => self.leave_old_letters(),
            b"uc" => self.state.fallback = u32::try_from(value.unwrap_or(1)).unwrap_or(0).min(64),
            b"v" | b"webhidden" => self.state.hidden = on,
            b"deleted" => self.state.deleted = on,
            b"plain" => (self.state.hidden, self.state.deleted, self.state.font) = (false, false, None),
            b"pard" => self.state.in_table = false,
            b"intbl" => self.state.in_table = on,
            b"cell" => self.cell(),
            b"row" => self.row(),
            b"htmlrtf" => self.state.outside_html = on,
            b"fromhtml" => self.from_html = on,
            b"f" if self.state.target == Target::Fonts => self.font = value.unwrap_or(0),
            b"f" => self.state.font = value,
            b"deff" => self.default_font = value,
            b"fcharset" | b"cpg" if self.state.target == Target::Fonts => self.font_page(name, value.unwrap_or(0)),
            b"ansicpg" => self.code_page = CodePage::of(u32::try_from(value.unwrap_or(0)).unwrap_or(0)),
            b"mac" => self.code_page = CodePage::of(10_000),
            b"pc" => self.code_page = CodePage::of(437),
            b"pca" => self.code_page = CodePage::of(850),
            _ => (),
        }
    }

    /// Begins a group whose text goes elsewhere; `false` for a word that does not name such a group.
    fn enter(&mut self, name: &[u8], starred: bool) -> bool {
        let target = match words::target(name) {
            // What is in old programs' pictures stands in the picture before it, too.
            Some(Target::Picture) if self.state.old => Target::Silent,
            Some(Target::Tag) if !self.from_html => Target::Flow(Kind::Behind),
            Some(target) => target,
            None if starred && name != b"ud" && !words::is_look(name) && !is_frame(name) => {
                // Within what is not read nothing is behind the text either.
                if self.state.target == Target::Silent {
                    return true;
                }
                Target::Flow(Kind::Behind)
            }
            None => return false,
        };
        self.state.old |= name == b"nonshppict";
        if let Target::Flow(kind) = target {
            self.page.part(kind);
        }
        if matches!(target, Target::Picture | Target::Object) {
            self.blob.take();
        }
        self.state.target = target;
        true
    }

    /// The letters of a pair that programs of today show: those of the group around it are for older ones.
    fn leave_old_letters(&mut self) {
        let around = self.stack.iter().rev().nth(1);
        self.state.target = around.map_or(Target::Flow(Kind::Body), |state| state.target);
    }

    fn font_page(&mut self, name: &[u8], number: i32) {
        let page = if name == b"cpg" {
            Some(CodePage::of(u32::try_from(number).unwrap_or(0)))
        } else {
            CodePage::of_font(number)
        };
        if let Some(page) = page
            && self.fonts.len() < FONTS
        {
            self.fonts.insert(self.font, page);
        }
    }

    fn page_now(&self) -> CodePage {
        let font = self.state.font.or(self.default_font);
        font.and_then(|font| self.fonts.get(&font)).copied().unwrap_or(self.code_page)
    }

    fn cell(&mut self) {
        if let Target::Flow(kind) = self.state.target {
            self.page.cell(kind);
        }
    }

    fn row(&mut self) {
        if let Target::Flow(kind) = self.state.target {
            self.page.row(kind);
        }
    }
}

/// Groups that hold what is shown or known by names of its own.
fn is_frame(name: &[u8]) -> bool {
    const FRAMES: [&[u8]; 8] = [b"shppict", b"shpinst", b"do", b"objocx", b"objemb", b"moMath", b"mmath", b"fldrslt"];
    FRAMES.contains(&name)
}

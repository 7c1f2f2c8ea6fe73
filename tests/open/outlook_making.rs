//! Outlook's files in the making.

use std::io::{Cursor, Write as _};

pub const SUBJECT: u16 = 0x0037;
pub const BODY: u16 = 0x1000;
pub const RTF: u16 = 0x1009;
pub const HTML: u16 = 0x1013;
pub const NAME: u16 = 0x3001;
pub const ADDRESS: u16 = 0x39FE;
pub const DATA: u16 = 0x3701;
pub const SHORT_NAME: u16 = 0x3704;
pub const LONG_NAME: u16 = 0x3707;

/// The value of a property.
#[derive(Clone)]
pub enum Value {
    Wide(String),
    Narrow(Vec<u8>),
    Bytes(Vec<u8>),
    Number(u32),
    Flag,
    Several(Vec<String>),
    /// A message or a storage with streams.
    Message(Message),
    Storage(Vec<(String, Vec<u8>)>),
}

impl Value {
    fn kind(&self) -> u16 {
        match self {
            Self::Wide(_) => 0x1F,
            Self::Narrow(_) => 0x1E,
            Self::Bytes(_) => 0x102,
            Self::Number(_) => 3,
            Self::Flag => 0xB,
            Self::Several(_) => 0x101F,
            Self::Message(_) | Self::Storage(_) => 0xD,
        }
    }
}

/// Wide text.
pub fn wide(text: &str) -> Value {
    Value::Wide(text.to_owned())
}

pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub type Properties = Vec<(u16, Value)>;

/// A message with its recipients, its files and the names of its own properties.
#[derive(Clone, Default)]
pub struct Message {
    pub properties: Properties,
    pub recipients: Vec<Properties>,
    pub files: Vec<Properties>,
    pub named: Vec<(u16, String)>,
}

type Container = cfb::CompoundFile<Cursor<Vec<u8>>>;

/// The message as `.msg`.
pub fn msg(message: &Message) -> Vec<u8> {
    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    store(&mut container, "/", message, 32);
    if !message.named.is_empty() {
        let (mut entries, mut texts) = (Vec::new(), Vec::new());
        for (number, name) in &message.named {
            entries.extend_from_slice(&u32::try_from(texts.len()).unwrap().to_le_bytes());
            entries.extend_from_slice(&[1, 0]);
            entries.extend_from_slice(&(number - 0x8000).to_le_bytes());
            let name = utf16(name);
            texts.extend_from_slice(&u32::try_from(name.len()).unwrap().to_le_bytes());
            texts.extend_from_slice(&name);
        }
        container.create_storage("/__nameid_version1.0").unwrap();
        stream(&mut container, "/__nameid_version1.0/__substg1.0_00030102", &entries);
        stream(&mut container, "/__nameid_version1.0/__substg1.0_00040102", &texts);
    }
    container.flush().unwrap();
    container.into_inner().into_inner()
}

fn stream(container: &mut Container, path: &str, content: &[u8]) {
    container.create_stream(path).unwrap().write_all(content).unwrap();
}

fn store(container: &mut Container, at: &str, message: &Message, head: usize) {
    store_properties(container, at, &message.properties, head);
    for (list, name) in [(&message.recipients, "recip"), (&message.files, "attach")] {
        for (number, properties) in list.iter().enumerate() {
            let path = format!("{at}__{name}_version1.0_#{number:08X}/");
            container.create_storage(&path).unwrap();
            store_properties(container, &path, properties, 8);
        }
    }
}

fn store_properties(container: &mut Container, at: &str, properties: &Properties, head: usize) {
    let mut numbers = vec![0; head];
    for (id, value) in properties {
        let path = format!("{at}__substg1.0_{id:04X}{:04X}", value.kind());
        match value {
            Value::Number(_) | Value::Flag => {
                let number = if let Value::Number(number) = value { *number } else { 1 };
                numbers.extend_from_slice(&value.kind().to_le_bytes());
                numbers.extend_from_slice(&id.to_le_bytes());
                numbers.extend_from_slice(&[6, 0, 0, 0]);
                numbers.extend_from_slice(&number.to_le_bytes());
                numbers.extend_from_slice(&[0; 4]);
            }
            Value::Wide(text) => stream(container, &path, &utf16(text)),
            Value::Narrow(bytes) | Value::Bytes(bytes) => stream(container, &path, bytes),
            Value::Several(texts) => {
                stream(container, &path, &[0; 8]);
                for (number, text) in texts.iter().enumerate() {
                    stream(container, &format!("{path}-{number:08X}"), &utf16(text));
                }
            }
            Value::Message(message) => {
                container.create_storage(&path).unwrap();
                store(container, &format!("{path}/"), message, 24);
            }
            Value::Storage(streams) => {
                container.create_storage(&path).unwrap();
                for (name, content) in streams {
                    stream(container, &format!("{path}/{name}"), content);
                }
            }
        }
    }
    stream(container, &format!("{at}__properties_version1.0"), &numbers);
}

/// An attribute of `winmail.dat`, with a checksum of zero.
pub fn attribute(level: u8, tag: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    [&[level][..], &tag.to_le_bytes(), &length.to_le_bytes(), data, b"\0\0"].concat()
}

/// A list of properties as `winmail.dat` has it.
pub fn list(properties: &Properties, named: &[(u16, String)]) -> Vec<u8> {
    let mut list = u32::try_from(properties.len()).unwrap().to_le_bytes().to_vec();
    for (id, value) in properties {
        list.extend_from_slice(&value.kind().to_le_bytes());
        list.extend_from_slice(&id.to_le_bytes());
        if *id >= 0x8000 {
            list.extend_from_slice(&[7; 16]);
            match named.iter().find(|(number, _)| number == id) {
                Some((_, name)) => {
                    list.extend_from_slice(&1_u32.to_le_bytes());
                    counted(&mut list, &utf16(&format!("{name}\0")));
                }
                None => list.extend_from_slice(&[0; 8]),
            }
        }
        let values: Vec<Vec<u8>> = match value {
            Value::Number(_) | Value::Flag => {
                let number = if let Value::Number(number) = value { *number } else { 1 };
                list.extend_from_slice(&number.to_le_bytes());
                continue;
            }
            Value::Wide(text) => vec![utf16(&format!("{text}\0"))],
            Value::Narrow(bytes) | Value::Bytes(bytes) => vec![bytes.clone()],
            Value::Several(texts) => texts.iter().map(|text| utf16(text)).collect(),
            Value::Message(message) => vec![[vec![9; 16], winmail(message)].concat()],
            Value::Storage(streams) => vec![[vec![9; 16], streams[0].1.clone()].concat()],
        };
        list.extend_from_slice(&u32::try_from(values.len()).unwrap().to_le_bytes());
        for value in values {
            counted(&mut list, &value);
        }
    }
    list
}

fn counted(list: &mut Vec<u8>, bytes: &[u8]) {
    list.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
    list.extend_from_slice(bytes);
    list.resize(list.len().next_multiple_of(4), 0);
}

/// A file of these attributes.
pub fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x78\x9F\x3E\x22\x01\0"[..], &attribute(1, 0x0006_9007, &[0xE4, 4, 0, 0, 0, 0, 0, 0]), &attributes.concat()]
        .concat()
}

/// The message as `winmail.dat`.
pub fn winmail(message: &Message) -> Vec<u8> {
    let mut attributes = vec![attribute(1, 0x0006_9003, &list(&message.properties, &message.named))];
    let rows = u32::try_from(message.recipients.len()).unwrap().to_le_bytes().to_vec();
    let rows = message.recipients.iter().fold(rows, |rows, row| [rows, list(row, &[])].concat());
    attributes.push(attribute(1, 0x0006_9004, &rows));
    for file in &message.files {
        attributes.push(attribute(2, 0x0006_9002, &[0; 14]));
        let data = file.iter().find_map(|(id, value)| match value {
            Value::Bytes(bytes) if *id == DATA => Some(bytes),
            _ => None,
        });
        attributes.extend(data.map(|data| attribute(2, 0x0006_800F, data)));
        let rest: Properties =
            file.iter().filter(|(id, value)| *id != DATA || !matches!(value, Value::Bytes(_))).cloned().collect();
        attributes.push(attribute(2, 0x0006_9005, &list(&rest, &[])));
    }
    tnef(&attributes)
}

/// RTF in its packing, nothing of it packed.
pub fn packed(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap();
    [&(length + 12).to_le_bytes()[..], &length.to_le_bytes(), b"MELA\0\0\0\0", text.as_bytes()].concat()
}

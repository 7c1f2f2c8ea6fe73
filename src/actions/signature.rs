//! The school's own DKIM signatures, which no longer hold after a change. ARC and others' signatures stay.

use crate::mail::Address;
use crate::mail::edit::RawBytes;
use crate::mail::parts::Tree;
use crate::school::School;

/// Indexes of the `DKIM-Signature` fields made for one of the school's domains.
#[must_use]
pub fn own<R: RawBytes + ?Sized>(tree: &Tree, raw: &R, school: &School) -> Vec<usize> {
    let is_own = |raw: &[u8]| {
        let text: String = String::from_utf8_lossy(raw).chars().filter(|c| !c.is_whitespace()).collect();
        let domain = text.split(';').find_map(|tag| tag.strip_prefix("d="));
        let domain = domain.and_then(|domain| Address::read(&format!("postmaster@{domain}")));
        domain.is_some_and(|address| school.is_inside(&address))
    };
    let fields = tree.headers.iter().enumerate().filter(|(_, field)| field.name == "dkim-signature");
    fields
        .filter(|(_, field)| {
            let place = u64::from(field.raw.start)..u64::from(field.raw.end);
            raw.read(place).is_some_and(|written| is_own(&written))
        })
        .map(|(index, _)| index)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parts::Field;
    use crate::school::Identity;

    #[test]
    fn only_our_own_signatures_go() {
        let table = [
            ("dkim-signature", "v=1; a=rsa-sha256; d=school.example; s=x; b=abc", true),
            ("dkim-signature", "v=1; d=mail.school.example; b=abc", true),
            ("dkim-signature", "v=1;\r\n\td=School.\r\n example; b=d=out.example", true),
            ("dkim-signature", "v=1; d=out.example; b=abc", false),
            ("dkim-signature", "v=1; b=abc", false),
            ("arc-message-signature", "i=1; d=school.example", false),
        ];
        let identity = Identity { domains: vec!["school.example".to_owned()], ..Identity::default() };
        let school = School { identity, ..School::default() };
        for (name, value, right) in table {
            let raw = 0..u32::try_from(value.len()).unwrap();
            let tree = Tree { headers: vec![Field { name: name.to_owned(), raw, piece: None }], ..Tree::default() };
            assert_eq!(!own(&tree, value.as_bytes(), &school).is_empty(), right, "{name}: {value}");
        }
    }
}

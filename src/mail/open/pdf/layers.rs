//! Layers that are switched off: what stands on them is there and not seen.

use hayro_syntax::object::{Array, Dict, Name, ObjRef, ObjectIdentifier};
use rustc_hash::FxHashSet;

/// The layers of a document that are not shown when it is opened.
#[derive(Default)]
pub(super) struct Layers {
    off: FxHashSet<ObjectIdentifier>,
}

/// References in a list.
fn listed(dict: &Dict<'_>, key: &str) -> Vec<ObjectIdentifier> {
    let list = dict.get::<Array<'_>>(key).unwrap_or_default();
    list.raw_iter().filter_map(|item| item.as_obj_ref()).map(ObjectIdentifier::from).collect()
}

impl Layers {
    /// What the catalogue says of them.
    pub fn of(catalog: &Dict<'_>) -> Self {
        let mut layers = Self::default();
        let Some(all) = catalog.get::<Dict<'_>>("OCProperties") else { return layers };
        let Some(opened) = all.get::<Dict<'_>>("D") else { return layers };
        if opened.get::<Name<'_>>("BaseState").is_some_and(|state| state.as_ref() == b"OFF") {
            layers.off.extend(listed(&all, "OCGs"));
        }
        for on in listed(&opened, "ON") {
            layers.off.remove(&on);
        }
        layers.off.extend(listed(&opened, "OFF"));
        layers
    }

    /// Whether what belongs to the layer, or group of layers, under a key is not seen.
    pub fn hide(&self, dict: &Dict<'_>, key: &[u8]) -> bool {
        if self.off.is_empty() {
            return false;
        }
        let layer = dict.get::<Dict<'_>>(key).unwrap_or_default();
        if layer.get::<Name<'_>>("Type").is_none_or(|kind| kind.as_ref() != b"OCMD") {
            return dict.get_ref(key).is_some_and(|layer| self.is_off(layer));
        }
        let group = match layer.get_ref("OCGs") {
            Some(one) if layer.get::<Array<'_>>("OCGs").is_none() => vec![ObjectIdentifier::from(one)],
            _ => listed(&layer, "OCGs"),
        };
        let (off, on): (Vec<ObjectIdentifier>, Vec<_>) = group.into_iter().partition(|layer| self.off.contains(layer));
        match layer.get::<Name<'_>>("P").as_deref() {
            Some(b"AllOn") => !off.is_empty(),
            Some(b"AnyOff") => off.is_empty() && !on.is_empty(),
            Some(b"AllOff") => !on.is_empty(),
            _ => on.is_empty() && !off.is_empty(),
        }
    }

    fn is_off(&self, layer: ObjRef) -> bool {
        self.off.contains(&ObjectIdentifier::from(layer))
    }
}

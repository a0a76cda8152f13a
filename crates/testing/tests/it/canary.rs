//! Bodies that can be found again on a disk, and the search for them.

use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Sizes of bodies, as frequent as they are named here. Pages of many small ones are where deleting rows, instead of
/// overwriting bodies, leaves copies; the largest need more than a page.
const SMALL: (u64, u64) = (20, 400);
const MEDIUM: (u64, u64) = (20, 3_600);
const LARGE: (u64, u64) = (4_200, 5_120);
const SIZES: [(u64, u64); 16] = [
    SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, MEDIUM, MEDIUM, MEDIUM, MEDIUM, MEDIUM,
    MEDIUM, MEDIUM, LARGE,
];
const DIGITS: usize = 16;

/// What is unique about a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Canary(u64);

impl Canary {
    /// The canary of the nth message; no two have the same.
    pub(crate) fn nth(n: u64) -> Self {
        Self(mix(n))
    }

    /// A body full of it, of a size that follows from it.
    pub(crate) fn body(self) -> Bytes {
        let random = mix(self.0);
        let (least, most) = SIZES[usize::try_from(random % 16).unwrap()];
        let size = usize::try_from(least + mix(random) % (most - least + 1)).unwrap();
        let text = format!("<{:016x}>", self.0);
        let mut body = text.repeat(size / text.len() + 1);
        body.truncate(size);
        Bytes::from(body)
    }

    /// The canary that a body is full of.
    pub(crate) fn of(body: &[u8]) -> Self {
        let found = in_bytes(body);
        assert_eq!(found.len(), 1, "a body has one canary");
        *found.iter().next().unwrap()
    }
}

/// A bijection that looks random (the finaliser of `SplitMix64`).
pub(crate) fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The canaries in every file of a folder, by the file's name. There are no folders in it.
pub(crate) fn in_files(folder: &Path) -> HashMap<String, HashSet<Canary>> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        (name, in_bytes(&std::fs::read(file.path()).unwrap()))
    });
    files.collect()
}

/// The same, whatever the file.
pub(crate) fn anywhere(folder: &Path) -> HashSet<Canary> {
    in_files(folder).into_values().flatten().collect()
}

fn in_bytes(bytes: &[u8]) -> HashSet<Canary> {
    let pieces = bytes.split(|byte| *byte == b'<').skip(1);
    let whole = pieces.filter(|piece| piece.get(DIGITS) == Some(&b'>'));
    let digits = whole.filter_map(|piece| std::str::from_utf8(piece.get(..DIGITS)?).ok());
    digits
        .filter_map(|digits| u64::from_str_radix(digits, 16).ok())
        .map(Canary)
        .collect()
}

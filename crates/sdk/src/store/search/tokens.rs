//! Texts as tokens that do not give the texts away.
//!
//! A word becomes a token of a few letters for each of its characters, each a keyed hash of the word up to there: the prefix
//! of a word is the prefix of its token (the idea of Crypto-PAn: Xu, Fan, Ammar, Moon, 2002), so that FTS5's prefix queries
//! work on tokens. Scripts without spaces become overlapping pairs of characters, and the last character alone.

use siphasher::sip::SipHasher13;
use std::collections::BTreeSet;
use std::hash::Hasher;

/// Characters of a word that count; the rest is cut off.
const WORD_CHARS_MAX: usize = 24;
/// Letters for the first character of a word: 15 bits, since a query may be one character long.
const FIRST_LETTERS: u32 = 3;
/// Letters for every other character.
const NEXT_LETTERS: u32 = 2;
/// Five bits each. No token begins with a digit below 2: that is how the token of a conversation is told apart.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The key of one store's tokens.
#[derive(Clone)]
pub(crate) struct Key([u8; 16]);

impl Key {
    /// A key of random bytes.
    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    fn token(&self, word: &str) -> String {
        let mut hash = SipHasher13::new_with_key(&self.0);
        let mut token = String::with_capacity(word.len() * 2 + 1);
        let mut letters = FIRST_LETTERS;
        for c in word.chars().take(WORD_CHARS_MAX) {
            hash.write_u32(c.into());
            let mut bits = hash.finish();
            for _ in 0..letters {
                let at = usize::try_from(bits & 31).unwrap_or_default();
                token.push(LETTERS.get(at).copied().map_or('a', char::from));
                bits >>= 5;
            }
            letters = NEXT_LETTERS;
        }
        token
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Letters and digits of a script that has spaces, in lower case.
    Word(String),
    /// Characters of a script that has none.
    Run(Vec<char>),
}

impl Piece {
    fn chars(&self) -> usize {
        match self {
            Self::Word(word) => word.chars().count(),
            Self::Run(run) => run.len(),
        }
    }
}

/// A keyword, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Wanted(Vec<Piece>);

impl Wanted {
    /// None if there is no letter and no digit in it: nothing is found by that.
    pub(super) fn of(keyword: &str) -> Option<Self> {
        let pieces = pieces(keyword);
        (!pieces.is_empty()).then_some(Self(pieces))
    }

    /// The query of FTS5 that finds every text with the keyword, and others that [`Wanted::is_in`] tells apart.
    ///
    /// In one conversation only the longest piece is asked for: what a prefix costs is what it finds in all conversations,
    /// and the conversation is what narrows the search down.
    pub(super) fn query(&self, key: &Key, conversation: Option<i64>) -> String {
        let mut terms: Vec<String> = conversation.into_iter().map(conversation_token).collect();
        let longest = conversation.and_then(|_| self.0.iter().max_by_key(|piece| piece.chars()));
        let asked = longest.map_or(self.0.as_slice(), std::slice::from_ref);
        for piece in asked {
            match piece {
                Piece::Word(word) => terms.push(format!("{}*", key.token(word))),
                Piece::Run(run) if run.len() == 1 => {
                    terms.extend(
                        run.iter()
                            .map(|c| format!("{}*", key.token(&c.to_string()))),
                    );
                }
                Piece::Run(run) => terms.extend(pairs(run).map(|pair| key.token(&pair))),
            }
        }
        terms.join(" ")
    }

    /// Whether a text has the keyword: each of its words begins a word of the text, and each of its runs stands in one.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let held = pieces(text);
        self.0.iter().all(|wanted| {
            held.iter().any(|piece| match (wanted, piece) {
                (Piece::Word(wanted), Piece::Word(word)) => word.starts_with(wanted.as_str()),
                (Piece::Run(wanted), Piece::Run(run)) => {
                    run.windows(wanted.len()).any(|part| part == wanted)
                }
                (Piece::Word(_), Piece::Run(_)) | (Piece::Run(_), Piece::Word(_)) => false,
            })
        })
    }
}

/// The document of a text: its tokens and that of its conversation, each once.
pub(super) fn document(key: &Key, conversation: i64, text: &str) -> String {
    let mut tokens = BTreeSet::from([conversation_token(conversation)]);
    for piece in pieces(text) {
        match piece {
            Piece::Word(word) => {
                tokens.insert(key.token(&word));
            }
            Piece::Run(run) => {
                tokens.extend(pairs(&run).map(|pair| key.token(&pair)));
                tokens.extend(run.last().map(|last| key.token(&last.to_string())));
            }
        }
    }
    tokens.into_iter().collect::<Vec<_>>().join(" ")
}

fn conversation_token(conversation: i64) -> String {
    format!("0{conversation}")
}

fn pairs(run: &[char]) -> impl Iterator<Item = String> + '_ {
    run.windows(2).map(|pair| pair.iter().collect())
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    // Whether the last piece goes on.
    let mut open = false;
    for c in text.chars().map(narrow).flat_map(char::to_lowercase) {
        let unspaced = is_unspaced(c);
        if !unspaced && !c.is_alphanumeric() {
            open = false;
            continue;
        }
        match pieces.last_mut() {
            Some(Piece::Word(word)) if open && !unspaced => word.push(c),
            Some(Piece::Run(run)) if open && unspaced => run.push(c),
            _ if unspaced => pieces.push(Piece::Run(vec![c])),
            _ => pieces.push(Piece::Word(c.to_string())),
        }
        open = true;
    }
    pieces
}

/// The wide forms of Latin letters and digits as the usual ones.
fn narrow(c: char) -> char {
    let code = u32::from(c);
    if (0xFF01..=0xFF5E).contains(&code) {
        return char::from_u32(code - 0xFEE0).unwrap_or(c);
    }
    c
}

/// Whether the script of a character is written without spaces between words, or is searched as if it were.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF // Thai, Lao
        | 0x1000..=0x109F | 0x1780..=0x17FF // Myanmar, Khmer
        | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F // Hiragana, Katakana
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF // Han
        | 0x1100..=0x11FF | 0xAC00..=0xD7AF // Hangul
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new([7; 16])
    }

    #[test]
    fn texts_are_taken_apart() {
        let check = |text: &str, want: &[&str]| {
            let shown: Vec<String> = pieces(text)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Word(word) => word,
                    Piece::Run(run) => format!("[{}]", run.into_iter().collect::<String>()),
                })
                .collect();
            assert_eq!(shown, want, "{text}");
        };
        check("Hello, World-2!", &["hello", "world", "2"]);
        check("你好世界 ok", &["[你好世界]", "ok"]);
        check("go去go", &["go", "[去]", "go"]);
        check("ＡＢＣ１", &["abc1"]);
        check("Straße ÉTÉ", &["straße", "été"]);
        check("🎉 --- !", &[]);
        check("", &[]);
        check("สวัสดี", &["[สวัสดี]"]);
    }

    #[test]
    fn keywords_are_found_as_prefixes_and_runs() {
        let check = |keyword: &str, text: &str, want: bool| {
            let wanted = Wanted::of(keyword).unwrap();
            assert_eq!(wanted.is_in(text), want, "{keyword} in {text}");
        };
        check("hel wor", "Hello world", true);
        check("wor hel", "Hello world", true);
        check("ello", "Hello world", false);
        check("世界", "你好世界", true);
        check("好", "你好世界", true);
        check("好界", "你好世界", false);
        check("DOOR 4711", "my door code is 4711", true);
        assert!(Wanted::of("🎉 !").is_none());
    }

    #[test]
    fn the_prefix_of_a_word_is_the_prefix_of_its_token() {
        let key = key();
        let word = key.token("extraordinary");
        for length in 1.."extraordinary".len() {
            let prefix: String = "extraordinary".chars().take(length).collect();
            assert!(word.starts_with(&key.token(&prefix)));
        }
        assert!(!word.starts_with(&key.token("exa")));
        assert_ne!(
            Key::new([8; 16]).token("door"),
            key.token("door"),
            "it is keyed"
        );
        assert_eq!(
            key.token(&"x".repeat(100)),
            key.token(&"x".repeat(WORD_CHARS_MAX))
        );
    }

    #[test]
    fn a_query_finds_the_documents_that_have_the_keyword() {
        let check = |keyword: &str, text: &str| {
            let key = key();
            let document = document(&key, 5, text);
            let held: Vec<&str> = document.split(' ').collect();
            for term in Wanted::of(keyword).unwrap().query(&key, Some(5)).split(' ') {
                let found = match term.strip_suffix('*') {
                    Some(prefix) => held.iter().any(|token| token.starts_with(prefix)),
                    None => held.contains(&term),
                };
                assert!(found, "{keyword} in {text}");
            }
        };
        check("hel", "Hello world");
        check("世界", "你好世界");
        check("界", "你好世界");
        check("你", "你好世界");
    }

    #[test]
    fn a_document_does_not_hold_the_text() {
        let document = document(&key(), 5, "canary canaries 金丝雀");
        assert!(!document.contains("canar") && !document.contains('金'));
        assert!(
            document
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        );
    }
}

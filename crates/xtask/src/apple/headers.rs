//! What Objective-C headers declare: enough of a reader for ours, which are plain.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec::IntoIter;

use anyhow::{Context, Result, bail};

/// The members of a class or protocol: selectors with their sign, and bare names of properties. Each with the Swift name that
/// the header gives it, if it does.
pub(super) type Members = BTreeMap<String, Option<String>>;

/// What the headers declare.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// By class or protocol; categories count as their class.
    pub(super) classes: BTreeMap<String, Members>,
    /// By enumeration: name and number of each value.
    pub(super) enums: BTreeMap<String, Vec<(String, i64)>>,
}

impl Headers {
    /// Adds what one header declares.
    pub(super) fn read(&mut self, text: &str) -> Result<()> {
        let mut reader = Reader(tokens(text).into_iter().peekable());
        while let Some(token) = reader.0.next() {
            match token.as_str() {
                "@interface" | "@protocol" => self.class(&mut reader)?,
                "NS_ENUM" => self.enumeration(&mut reader)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn class(&mut self, reader: &mut Reader) -> Result<()> {
        let name = reader.expect()?;
        if reader.0.next_if(|token| token == ";").is_some() {
            return Ok(());
        }
        let members = self.classes.entry(name.clone()).or_default();
        loop {
            let token = reader.expect()?;
            let (member, swift) = match token.as_str() {
                "@end" => return Ok(()),
                "+" | "-" => {
                    let statement = reader.statement()?;
                    if statement.iter().any(|token| token == "NS_UNAVAILABLE") {
                        continue;
                    }
                    let selector = selector(&statement);
                    (format!("{token}{selector}"), swift_name(&statement))
                }
                "@property" => {
                    let statement = reader.statement()?;
                    let words = words(&statement);
                    let property = words.last().context("a property has a name")?;
                    ((*property).to_owned(), swift_name(&statement))
                }
                _ => continue,
            };
            if members.insert(member.clone(), swift).is_some() {
                bail!("{name}: {member} is declared twice");
            }
        }
    }

    fn enumeration(&mut self, reader: &mut Reader) -> Result<()> {
        // ( type , name ) { value = number , … } ;
        let statement = reader.statement()?;
        let mut name = None;
        let mut values: Vec<(String, i64)> = Vec::new();
        let mut tokens = statement.iter().map(String::as_str).peekable();
        while let Some(token) = tokens.next() {
            if token == "," && name.is_none() {
                name = tokens.next();
            } else if tokens.next_if_eq(&"=").is_some() {
                let sign = tokens.next_if_eq(&"-").unwrap_or_default();
                let number = tokens.next().context("a value has a number")?;
                let number = format!("{sign}{number}").parse();
                values.push((token.to_owned(), number.context(token.to_owned())?));
            } else if is_word(token) && name.is_some() {
                bail!("{token} has no number");
            }
        }
        let name = name.context("an enumeration has a name")?;
        self.enums.insert(name.to_owned(), values);
        Ok(())
    }
}

struct Reader(Peekable<IntoIter<String>>);

impl Reader {
    fn expect(&mut self) -> Result<String> {
        self.0.next().context("the header ends too early")
    }

    /// The tokens up to the semicolon that ends what has begun.
    fn statement(&mut self) -> Result<Vec<String>> {
        let (mut depth, mut statement) = (0_u32, Vec::new());
        loop {
            let token = self.expect()?;
            match token.as_str() {
                "(" | "{" => depth += 1,
                ")" | "}" => depth = depth.checked_sub(1).context("one bracket too many")?,
                ";" if depth == 0 => return Ok(statement),
                _ => {}
            }
            statement.push(token);
        }
    }
}

/// The words and colons outside brackets, without the macros.
fn words(statement: &[String]) -> Vec<&str> {
    let mut depth = 0_u32;
    let mut words = Vec::new();
    for token in statement {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if depth == 0 && (word == ":" || is_word(word) && !word.starts_with("NS_")) => {
                words.push(word);
            }
            _ => {}
        }
    }
    words
}

/// `name` or `name:name:` of a method, without its sign.
fn selector(statement: &[String]) -> String {
    let words = words(statement);
    let parts = words.windows(2).filter_map(|pair| match pair {
        [name, ":"] => Some(format!("{name}:")),
        _ => None,
    });
    let selector: String = parts.collect();
    if selector.is_empty() {
        words.first().copied().unwrap_or_default().to_owned()
    } else {
        selector
    }
}

fn swift_name(statement: &[String]) -> Option<String> {
    let mut rest = statement.iter().skip_while(|t| *t != "NS_SWIFT_NAME");
    rest.next()?;
    let mut name: String = rest.skip(1).map(String::as_str).collect();
    // The macro's own bracket, which nothing of ours follows.
    name.pop();
    Some(name)
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Words (with a leading `@`, if there is one), numbers and single signs; comments and lines of the preprocessor are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut continued = false;
    for line in text.lines() {
        let directive = continued || line.trim_start().starts_with('#');
        continued = directive && line.trim_end().ends_with('\\');
        if directive {
            continue;
        }
        let code = line.split("//").next().unwrap_or_default();
        let mut word = String::new();
        for sign in code.chars() {
            let starts = sign == '@' && word.is_empty();
            if sign.is_ascii_alphanumeric() || sign == '_' || starts {
                word.push(sign);
                continue;
            }
            tokens.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            if !sign.is_whitespace() {
                tokens.push(sign.to_string());
            }
        }
        tokens.extend((!word.is_empty()).then_some(word));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "
#import <Foundation/Foundation.h>
#define NS_ENUM(type, name) \\
    enum name : type
// - (void)inAComment;
@protocol Other;
typedef NS_ENUM(NSInteger, Kind) {
    /// One, of two.
    KindOne = -1,
    KindTwo = 2,
};
@interface Thing<__covariant T> : NSObject
@property (nonatomic, copy, readonly, nullable) NSArray<NSString *> *names; // - (void)neither;
@property (nonatomic) BOOL isGood;
+ (instancetype)shared;
- (instancetype)init NS_UNAVAILABLE;
- (void)take:(NSArray<T> *)list
        then:(void (^_Nullable)(T _Nullable one, EMError *_Nullable error))block NS_SWIFT_NAME(take(list:then:));
@end
@interface Thing (More)
- (nullable EMError *)start:(long long)a to:(NSInteger)b;
@end
@protocol Told <NSObject>
@optional
- (void)tell;
@end
";

    fn read(text: &str) -> Result<Headers> {
        let mut headers = Headers::default();
        headers.read(text)?;
        Ok(headers)
    }

    #[test]
    fn members_are_read() {
        let headers = read(HEADER).unwrap();
        let names = |class: &str| headers.classes[class].keys().collect::<Vec<_>>();
        let thing = ["+shared", "-start:to:", "-take:then:", "isGood", "names"];
        assert_eq!(names("Thing"), thing);
        assert_eq!(names("Told"), ["-tell"]);
        assert!(!headers.classes.contains_key("Other"));
        let swift = headers.classes["Thing"]["-take:then:"].as_deref();
        assert_eq!(swift, Some("take(list:then:)"));
    }

    #[test]
    fn enumerations_are_read() {
        let headers = read(HEADER).unwrap();
        let kind = [("KindOne".to_owned(), -1), ("KindTwo".to_owned(), 2)];
        assert_eq!(headers.enums["Kind"], kind);
    }

    #[test]
    fn what_cannot_be_told_apart_is_an_error() {
        let check = |text: &str| assert!(read(text).is_err(), "{text}");
        check("@interface A\n- (void)b;\n- (void)b;\n@end");
        check("@interface A\n- (void)b;");
        check("typedef NS_ENUM(NSInteger, A) { One, Two = 2 };");
    }
}

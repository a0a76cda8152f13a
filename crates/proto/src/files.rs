//! Which of our files a message speaks of.

use crate::pb::MessageBody;
use lacuna_domain::FileId;

/// What stands before the id in the address of a file.
const FOLDER: &str = "/chatfiles/";

/// The files that a message's addresses name, each once. Whether they are files of the application is for the store to say.
#[must_use]
pub fn files_of(message: &MessageBody) -> Vec<FileId> {
    let mut files = Vec::new();
    for content in &message.contents {
        let paths = [&content.remote_path, &content.thumbnail_remote_path];
        for file in paths.into_iter().flatten().filter_map(|path| file_of(path)) {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files
}

/// The file of an address, whatever the server's name in it.
fn file_of(address: &str) -> Option<FileId> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let (_, id) = path.rsplit_once(FOLDER)?;
    FileId::parse(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::message_body::Content;

    const ONE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    const TWO: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c9";

    #[test]
    fn addresses_name_files() {
        let check = |address: &str, want: Option<&str>| {
            let found = file_of(address).map(|file| file.to_string());
            assert_eq!(found.as_deref(), want, "{address}");
        };
        check(&format!("http://a:1/org/app/chatfiles/{ONE}"), Some(ONE));
        check(
            &format!("/org/app/chatfiles/{ONE}?em-redirect=true"),
            Some(ONE),
        );
        check(
            &format!("https://a/chatfiles/x/chatfiles/{TWO}#x"),
            Some(TWO),
        );
        check(&format!("https://a/files/{ONE}"), None);
        check(&format!("https://a/chatfiles/{ONE}/more"), None);
        check("https://a/chatfiles/picture.png", None);
        check("", None);
    }

    #[test]
    fn every_content_counts_and_each_file_once() {
        let content = |path: &str, thumbnail: Option<&str>| Content {
            remote_path: Some(format!("/chatfiles/{path}")),
            thumbnail_remote_path: thumbnail.map(|path| format!("/chatfiles/{path}")),
            ..Content::default()
        };
        let message = MessageBody {
            contents: vec![
                content(ONE, Some(ONE)),
                content("x", Some(TWO)),
                Content::default(),
            ],
            ..MessageBody::default()
        };
        let found: Vec<String> = files_of(&message).iter().map(FileId::to_string).collect();
        assert_eq!(found, [ONE, TWO]);
    }
}

//! Names on the wire.

use crate::pb::Jid;

/// The domain of users and of the system itself.
pub const DOMAIN_USER: &str = "easemob.com";
/// The domain of groups and rooms.
pub const DOMAIN_CONFERENCE: &str = "conference.easemob.com";

impl Jid {
    /// A user of an application, whose key is `org#app`.
    #[must_use]
    pub fn user(app_key: &str, name: &str) -> Self {
        Self::new(app_key, name, DOMAIN_USER)
    }

    /// A group or room of an application.
    #[must_use]
    pub fn group(app_key: &str, id: &str) -> Self {
        Self::new(app_key, id, DOMAIN_CONFERENCE)
    }

    /// The system: the sender of events, and the queue that holds them. It has no name.
    #[must_use]
    pub fn system() -> Self {
        Self {
            domain: Some(DOMAIN_USER.to_owned()),
            ..Self::default()
        }
    }

    /// A name alone, as names stand inside a message body.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// The same name on one device.
    #[must_use]
    pub fn on_device(mut self, resource: &str) -> Self {
        self.client_resource = Some(resource.to_owned());
        self
    }

    /// Whether this names a group or a room.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.domain() == DOMAIN_CONFERENCE
    }

    /// The text form without a device: `org#app_name@domain`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}_{}@{}", self.app_key(), self.name(), self.domain())
    }

    fn new(app_key: &str, name: &str, domain: &str) -> Self {
        Self {
            app_key: Some(app_key.to_owned()),
            name: Some(name.to_owned()),
            domain: Some(domain.to_owned()),
            client_resource: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_has_key_name_and_domain() {
        assert_eq!(
            Jid::user("acme#demo", "bob").on_device("web").text(),
            "acme#demo_bob@easemob.com"
        );
        assert_eq!(
            Jid::group("acme#demo", "7").text(),
            "acme#demo_7@conference.easemob.com"
        );
        assert!(Jid::group("acme#demo", "7").is_group());
        assert!(!Jid::system().is_group());
    }
}

//! Where a request comes from. What proxies say of it is believed of those that the configuration names, and of nobody else.

use crate::config::Network;
use crate::door::Peer;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use std::net::IpAddr;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Client {
    /// The client's address; none without a connection.
    pub(super) address: Option<IpAddr>,
    /// Whether it speaks TLS, with us or with the proxy.
    pub(super) https: bool,
}

impl Client {
    /// Of a request.
    pub(super) fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<Peer>>() else {
            return Self::default();
        };
        seen(peer.address.ip(), peer.https, headers, trusted)
    }
}

/// The address nearest to us that is no proxy of ours: each proxy appends whom it heard, and what stands before the first
/// stranger is what that stranger says.
fn seen(peer: IpAddr, https: bool, headers: &HeaderMap, trusted: &[Network]) -> Client {
    let known = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = Client {
        address: Some(peer.to_canonical()),
        https,
    };
    if !known(peer) {
        return client;
    }
    let lists = headers.get_all("x-forwarded-for").iter().rev();
    let hops = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
    for hop in hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client.address = Some(address.to_canonical());
        if !known(address) {
            break;
        }
    }
    if let Some(scheme) = headers.get("x-forwarded-proto") {
        client.https = scheme.as_bytes().eq_ignore_ascii_case(b"https");
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_believed_if_they_are_named() {
        let check = |peer: &str, hops: &[&str], proto: &str, want: (&str, bool)| {
            let mut headers = HeaderMap::new();
            for hop in hops {
                headers.append("x-forwarded-for", hop.parse().unwrap());
            }
            if !proto.is_empty() {
                headers.insert("x-forwarded-proto", proto.parse().unwrap());
            }
            let trusted = ["127.0.0.1/32", "10.0.0.0/8"].map(|text| text.parse().unwrap());
            let client = seen(peer.parse().unwrap(), false, &headers, &trusted);
            let want = (Some(want.0.parse().unwrap()), want.1);
            assert_eq!((client.address, client.https), want, "{peer} {hops:?}");
        };
        check("127.0.0.1", &[], "", ("127.0.0.1", false));
        check("127.0.0.1", &["1.2.3.4"], "https", ("1.2.3.4", true));
        check("::ffff:127.0.0.1", &["1.2.3.4"], "", ("1.2.3.4", false));
        // A stranger says what it likes.
        check("9.9.9.9", &["1.2.3.4"], "https", ("9.9.9.9", false));
        check("127.0.0.1", &["6.6.6.6, 1.2.3.4"], "", ("1.2.3.4", false));
        check("127.0.0.1", &["6.6.6.6", "1.2.3.4"], "", ("1.2.3.4", false));
        // A chain of ours.
        check("127.0.0.1", &["1.2.3.4, 10.1.1.1"], "", ("1.2.3.4", false));
        check("127.0.0.1", &["10.2.2.2,10.1.1.1"], "", ("10.2.2.2", false));
        check(
            "127.0.0.1",
            &["1.2.3.4, nonsense"],
            "",
            ("127.0.0.1", false),
        );
        check(
            "127.0.0.1",
            &["2001:db8::1"],
            "HTTPS",
            ("2001:db8::1", true),
        );
    }
}

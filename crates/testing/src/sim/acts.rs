//! What can happen. A run is a list of these, made from its seed before it begins: so that it can be cut down to what breaks
//! it. Numbers are taken modulo what there is.

use super::rng::Rng;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The next thing that waits somewhere goes on: a frame, a store's answer, a step of a device, a call. Most acts are this.
    Go(u64),
    /// So many of them in a row.
    GoOn(u64),
    /// A user writes from a device.
    Send { phone: u64, to: u64 },
    /// The server API sends in a user's name; now and then a command.
    ApiSend { user: u64, to: u64, kind: u64 },
    /// A message is recalled or edited, for everybody.
    Change { user: u64, to: u64, what: u64 },
    /// A device deletes on the server.
    Delete { phone: u64, to: u64, what: u64 },
    /// The server API deletes for a user; now and then quietly.
    ApiDelete { user: u64, to: u64, what: u64 },
    /// A device deletes for itself.
    DeleteHere { phone: u64, to: u64, what: u64 },
    /// A device reads a page of history.
    History { phone: u64, to: u64, from: u64 },
    /// A device says that a conversation was read.
    Read { phone: u64, to: u64 },
    /// A user pins or unpins.
    Pin { user: u64, to: u64, pin: bool },
    /// A group's members change.
    Group { group: u64, user: u64, how: u64 },
    /// A thread of a group is started, or its members change.
    Thread { group: u64, user: u64, how: u64 },
    /// Purge and sweep run.
    Jobs,
    /// Time passes: milliseconds to days.
    Wait(u64),
    /// A clock jumps: the server's or a device's.
    Jump { whose: u64, by: u64 },
    /// A device connects.
    Connect { phone: u64 },
    /// A connection is cut; what the client wrote arrives in part.
    Cut { phone: u64, keep: u64 },
    /// A connection is cut and made again while the server still serves the old one.
    Reconnect { phone: u64 },
    /// A device's process is killed and starts again.
    CrashPhone { phone: u64, hard: bool },
    /// The server is killed and starts again.
    CrashServer,
    /// The server's files are copied.
    BackUpServer,
    /// The server's files are replaced by the copy.
    PutServerBack,
    /// A call of the API is lost, on the way there or on the way back.
    LoseCall { nth: u64 },
    /// A device's last message goes out once more.
    Repeat { phone: u64 },
    /// A device's files are copied.
    BackUp { phone: u64 },
    /// A device's files are replaced by the copy.
    Restore { phone: u64 },
    /// The app is removed and installed again.
    Reinstall { phone: u64 },
    /// A user's account is deleted and the name registered again.
    Register { user: u64 },
    /// The faults pause until everything has arrived; then everything is compared.
    Settle(u64),
}

impl Act {
    /// What it is counted as, if it is a fault.
    pub(crate) fn fault(self) -> Option<&'static str> {
        Some(match self {
            Self::Cut { .. } => "connection cut",
            Self::Reconnect { .. } => "second connection",
            Self::CrashPhone { .. } => "device crash",
            Self::CrashServer => "server crash",
            Self::PutServerBack => "server put back",
            Self::LoseCall { .. } => "call lost",
            Self::Repeat { .. } => "message repeated",
            Self::Restore { .. } => "old copy restored",
            Self::Reinstall { .. } => "reinstall",
            Self::Jump { .. } => "clock jump",
            Self::Register { .. } => "name registered again",
            Self::Go(_)
            | Self::GoOn(_)
            | Self::Send { .. }
            | Self::ApiSend { .. }
            | Self::Change { .. }
            | Self::Delete { .. }
            | Self::ApiDelete { .. }
            | Self::DeleteHere { .. }
            | Self::History { .. }
            | Self::Read { .. }
            | Self::Pin { .. }
            | Self::Group { .. }
            | Self::Thread { .. }
            | Self::Jobs
            | Self::Wait(_)
            | Self::Connect { .. }
            | Self::BackUp { .. }
            | Self::BackUpServer
            | Self::Settle(_) => return None,
        })
    }

    /// The next act of a run.
    pub(crate) fn any(rng: &mut Rng) -> Self {
        match rng.below(1000) {
            0..620 => Self::Go(rng.next()),
            620..660 => Self::GoOn(rng.next()),
            660..740 => Self::send(rng),
            740..905 => Self::of_users(rng),
            _ => Self::of_the_world(rng),
        }
    }

    fn send(rng: &mut Rng) -> Self {
        let (to, phone) = (rng.next(), rng.next());
        if rng.one_in(4) {
            let (user, what) = (phone, rng.next());
            return Self::Change { user, to, what };
        }
        if rng.one_in(8) {
            let (user, kind) = (phone, rng.next());
            return Self::ApiSend { user, to, kind };
        }
        Self::Send { phone, to }
    }

    fn of_users(rng: &mut Rng) -> Self {
        let (phone, user, to, what) = (rng.next(), rng.next(), rng.next(), rng.next());
        match rng.below(195) {
            0..50 => Self::Delete { phone, to, what },
            50..70 => Self::ApiDelete { user, to, what },
            70..80 => Self::DeleteHere { phone, to, what },
            80..105 => Self::History {
                phone,
                to,
                from: what,
            },
            105..120 => Self::Read { phone, to },
            120..130 => {
                let pin = what % 3 > 0;
                Self::Pin { user, to, pin }
            }
            130..150 => Self::Group {
                group: to,
                user,
                how: what,
            },
            150..180 => Self::Thread {
                group: to,
                user,
                how: what,
            },
            _ => Self::Jobs,
        }
    }

    fn of_the_world(rng: &mut Rng) -> Self {
        let (phone, number) = (rng.next(), rng.next());
        match rng.below(98) {
            0..18 => Self::Wait(number),
            18..38 => Self::Connect { phone },
            38..50 => Self::Cut {
                phone,
                keep: number,
            },
            50..56 => Self::Reconnect { phone },
            56..64 => {
                let hard = number.is_multiple_of(3);
                Self::CrashPhone { phone, hard }
            }
            64..67 => Self::CrashServer,
            67..75 => Self::LoseCall { nth: number },
            75..79 => Self::Repeat { phone },
            79..82 => Self::BackUp { phone },
            82..85 => Self::Restore { phone },
            85..86 => Self::Reinstall { phone },
            86..89 => Self::Jump {
                whose: phone,
                by: number,
            },
            89..90 => {
                let user = phone;
                Self::Register { user }
            }
            95..97 => Self::BackUpServer,
            97 => Self::PutServerBack,
            _ => {
                if rng.one_in(3) {
                    Self::Settle(number)
                } else {
                    Self::GoOn(number)
                }
            }
        }
    }
}

//! What goes on by itself: frames, sessions, steps of devices, calls. One thing at a time, and which is next is the run's choice.

use super::check::check_frame;
use super::rng::index;
use super::world::{CallKind, Phone, Wire, World};
use anyhow::Result;
use bytes::Bytes;
use lacuna_domain::ErrorCode;
use lacuna_proto::Standing;
use lacuna_sdk::simulation::Want;
use lacuna_sdk::transport::frames::{self, Downstream};
use pollster::block_on;
use std::collections::VecDeque;

/// One thing that can go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// A device reads a frame.
    Read(usize),
    /// A device does a step.
    Step(usize),
    /// The server reads a frame of a connection, or registers it.
    Frame(usize),
    /// A session is told what was published.
    Hear(usize),
    /// The n-th thing that a session asked for goes on.
    Work(usize, usize),
    /// The server notices that a connection is gone.
    End(usize),
    /// The server answers a call.
    Serve(usize),
    /// A device gets an answer.
    Answer(usize),
}

impl World {
    fn next_things(&self) -> Vec<Next> {
        let mut things = Vec::new();
        for (nth, phone) in self.phones.iter().enumerate() {
            let Some(device) = &phone.device else {
                continue;
            };
            if device.is_busy() {
                if !device.asks() {
                    things.push(Next::Step(nth));
                }
            } else if !phone.coming.is_empty() {
                things.push(Next::Read(nth));
            }
        }
        for (nth, wire) in self.wires.iter().enumerate() {
            match &wire.link {
                Some(link) if link.is_closing() => things.push(Next::End(nth)),
                Some(link) => {
                    if link.is_told() {
                        things.push(Next::Hear(nth));
                    }
                    things.extend((0..link.work()).map(|work| Next::Work(nth, work)));
                    if !wire.going.is_empty() {
                        things.push(Next::Frame(nth));
                    } else if wire.cut {
                        things.push(Next::End(nth));
                    }
                }
                None if wire.admitted.is_some() || !wire.going.is_empty() => {
                    things.push(Next::Frame(nth));
                }
                None if wire.cut => things.push(Next::End(nth)),
                None => {}
            }
        }
        for (nth, call) in self.calls.iter().enumerate() {
            things.push(if call.reply.is_some() {
                Next::Answer(nth)
            } else {
                Next::Serve(nth)
            });
        }
        things
    }

    /// One of the things that can go on does. Says whether there was one.
    pub(crate) fn go(&mut self, pick: u64) -> Result<bool> {
        let things = self.next_things();
        if things.is_empty() {
            return Ok(false);
        }
        let next = things[index(pick & 0xffff_ffff, things.len())];
        let page_max = 1 + index(pick >> 32, self.page_max);
        self.steps += 1;
        self.now
            .fetch_add(pick >> 48 & 7, std::sync::atomic::Ordering::SeqCst);
        if self.trace.is_some() {
            let text = self.describe(next);
            self.say(|| text);
        }
        match next {
            Next::Read(phone) => self.read(phone)?,
            Next::Step(phone) => self.step(phone)?,
            Next::Frame(wire) => self.frame(wire)?,
            Next::Hear(wire) => {
                if let Some(link) = &mut self.wires[wire].link {
                    link.hear();
                }
                self.sent(wire)?;
            }
            Next::Work(wire, work) => {
                if let Some(link) = &mut self.wires[wire].link {
                    block_on(link.advance(work, page_max));
                }
                self.observe()?;
                self.sent(wire)?;
            }
            Next::End(wire) => self.end(wire)?,
            Next::Serve(call) => self.serve(call, page_max)?,
            Next::Answer(call) => self.answer(call)?,
        }
        Ok(true)
    }

    // --- connections ------------------------------------------------------------------------------------------------

    /// A device connects, anew if it is connected.
    pub(crate) fn connect(&mut self, nth: usize) -> Result<()> {
        self.cut(nth, usize::MAX)?;
        self.dial(nth)
    }

    /// A device makes a connection; one that it had before is left to the server.
    pub(crate) fn dial(&mut self, nth: usize) -> Result<()> {
        self.conns += 1;
        let conn = self.conns;
        let token = self.users[self.phones[nth].user].token.clone();
        let phone = &mut self.phones[nth];
        let device = phone.device()?;
        device.disconnect();
        let first = device.provision(&token);
        phone.conn = Some(conn);
        phone.coming.clear();
        self.wires.push(Wire {
            conn,
            phone: nth,
            going: VecDeque::from([first]),
            cut: false,
            admitted: None,
            link: None,
        });
        Ok(())
    }

    /// A connection is lost: everything on its way to the device, and what it wrote after the first `keep` frames.
    pub(crate) fn cut(&mut self, nth: usize, keep: usize) -> Result<()> {
        let phone = &mut self.phones[nth];
        phone.coming.clear();
        phone.device()?.disconnect();
        if let Some(conn) = phone.conn.take()
            && let Some(wire) = self.wires.iter_mut().find(|wire| wire.conn == conn)
        {
            wire.cut = true;
            wire.going.truncate(keep);
        }
        Ok(())
    }

    /// A device writes a frame, if it has a connection.
    pub(crate) fn write(&mut self, nth: usize, frame: Bytes) {
        let conn = self.phones[nth].conn;
        if let Some(wire) = self.wires.iter_mut().find(|wire| Some(wire.conn) == conn) {
            wire.going.push_back(frame);
        }
    }

    fn frame(&mut self, nth: usize) -> Result<()> {
        let mailbox_max = self.mailbox_max;
        let wire = &mut self.wires[nth];
        if let Some(link) = &mut wire.link {
            if let Some(frame) = wire.going.pop_front() {
                link.frame(&frame);
            }
            self.observe()?;
            return self.sent(nth);
        }
        if let Some(admitted) = wire.admitted.take() {
            wire.link = block_on(self.node.open(admitted, mailbox_max));
            if wire.link.is_none() {
                wire.cut = true;
                wire.going.clear();
            }
            return self.sent(nth);
        }
        let Some(first) = wire.going.pop_front() else {
            return Ok(());
        };
        match block_on(self.node.admit(&first)) {
            Ok(admitted) => wire.admitted = Some(admitted),
            Err(refusal) => {
                let (conn, phone) = (wire.conn, wire.phone);
                self.wires.remove(nth);
                let phone = &mut self.phones[phone];
                if phone.conn == Some(conn) {
                    phone.coming.extend(refusal.map(Some));
                    phone.coming.push_back(None);
                }
            }
        }
        self.observe()
    }

    /// Puts what a session sends on its way.
    pub(crate) fn sent(&mut self, nth: usize) -> Result<()> {
        let wire = &mut self.wires[nth];
        let Some(link) = &mut wire.link else {
            return Ok(());
        };
        let frames = link.take_frames();
        for frame in &frames {
            check_frame(&self.model, link.account(), frame)?;
        }
        let phone = &mut self.phones[wire.phone];
        if phone.conn == Some(wire.conn) {
            phone.coming.extend(frames.into_iter().map(Some));
        }
        Ok(())
    }

    fn end(&mut self, nth: usize) -> Result<()> {
        let wire = self.wires.remove(nth);
        if let Some(link) = wire.link {
            block_on(link.end());
        }
        let phone = &mut self.phones[wire.phone];
        if phone.conn == Some(wire.conn) {
            phone.coming.push_back(None);
        }
        self.observe()
    }

    // --- devices ----------------------------------------------------------------------------------------------------

    fn read(&mut self, nth: usize) -> Result<()> {
        let Some(frame) = self.phones[nth].coming.pop_front().flatten() else {
            return self.cut(nth, 0);
        };
        let phone = &mut self.phones[nth];
        let was_in = phone.device()?.is_in();
        let told = standing(&frame).filter(|_| !was_in);
        let before = phone.look()?.account()?;
        match phone.device()?.read(frame) {
            Ok(frames) => {
                if let Some(told) = told {
                    phone.admitted(&told, before)?;
                }
                for frame in frames {
                    self.write(nth, frame);
                }
                Ok(())
            }
            Err(error) if was_in => Err(error.into()),
            Err(error) => {
                if error.code() == ErrorCode::InvalidToken
                    || error.code() == ErrorCode::AuthenticationFailed
                {
                    self.count("token expired");
                    let user = self.phones[nth].user;
                    let account = self.users[user].account.clone();
                    self.users[user].token = self.token(&account)?;
                }
                self.cut(nth, 0)
            }
        }
    }

    fn step(&mut self, nth: usize) -> Result<()> {
        let want = self.phones[nth].device()?.step()?;
        match want {
            Want::Nothing => {}
            Want::Send(frame) => self.write(nth, frame),
            Want::Ask(ask) => self.call(nth, CallKind::Engine(ask)),
            Want::Out(_) => self.cut(nth, usize::MAX)?,
        }
        self.check_phone_soon(nth)
    }
}

impl Phone {
    fn admitted(&mut self, told: &Standing, before: Option<String>) -> Result<()> {
        // To an account's first device everything is due as long as it has acknowledged nothing; one that is new reads
        // history, and so does one that was forgotten before it was ever in step.
        if told.acked == 0 {
            self.complete = true;
        } else if !self.look()?.is_synced()? {
            self.complete = false;
        }
        if before.is_some_and(|before| before != told.account) {
            self.here.clear();
            self.last_frame = None;
            self.unanswered = false;
        }
        Ok(())
    }
}

/// Where the answer to a login says that a device stands.
fn standing(frame: &Bytes) -> Option<Standing> {
    match frames::decode(frame.clone()) {
        Ok(Downstream::Provision(reply)) => Standing::of(&reply),
        _ => None,
    }
}

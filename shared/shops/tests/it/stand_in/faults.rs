//! What can be wrong with any shop's answers, in front of its stand-in.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use wiremock::{Request, Respond, ResponseTemplate};

/// A way not to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status, with a page for people.
    Status(u16),
    /// 429 with `Retry-After`, in seconds.
    Busy(u16),
    /// The answer, three seconds later.
    Slow,
    /// Half of something.
    Truncated,
    /// 200 with the page of a firewall.
    Html,
    /// Somewhere else.
    Moved,
}

/// What is wrong with answers just now; a clone is the same.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    next: VecDeque<Fault>,
    always: Option<Fault>,
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panicked with it")
    }

    /// The next so many answers.
    pub fn next(&self, answers: usize, fault: Fault) {
        self.state().next.extend(std::iter::repeat_n(fault, answers));
    }

    /// All answers, until changed.
    pub fn always(&self, fault: Option<Fault>) {
        self.state().always = fault;
    }

    /// Answers as `shop` does, if nothing is wrong.
    pub fn before<R: Respond>(&self, shop: R) -> impl Respond + use<R> {
        Faulty { faults: self.clone(), shop }
    }
}

struct Faulty<R> {
    faults: Faults,
    shop: R,
}

impl<R: Respond> Respond for Faulty<R> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let fault = {
            let mut state = self.faults.state();
            state.next.pop_front().or(state.always)
        };
        let page =
            |status| ResponseTemplate::new(status).set_body_raw("<html>Maintenance</html>", "text/html");
        match fault {
            None => self.shop.respond(request),
            Some(Fault::Status(status)) => page(status),
            Some(Fault::Busy(seconds)) => page(429).insert_header("Retry-After", seconds.to_string()),
            Some(Fault::Slow) => self.shop.respond(request).set_delay(Duration::from_secs(3)),
            // Both XML and JSON that only begin.
            Some(Fault::Truncated) if wants_xml(request) => {
                ResponseTemplate::new(200).set_body_raw("<?xml version=\"1.0\"?><prestashop><ord", "text/xml")
            }
            Some(Fault::Truncated) => {
                ResponseTemplate::new(200).set_body_raw("[{\"id\": 1, \"na", "application/json")
            }
            Some(Fault::Html) => page(200),
            Some(Fault::Moved) => {
                ResponseTemplate::new(301).insert_header("Location", "https://elsewhere.example/?key=hunter2")
            }
        }
    }
}

/// Whether the shop that is asked answers in XML.
fn wants_xml(request: &Request) -> bool {
    let accept = request.headers.get("accept").and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("xml"))
}

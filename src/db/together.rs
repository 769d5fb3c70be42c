//! What several requests ask for at the same time, read by one statement.
//!
//! PostgreSQL takes about as long to begin a large statement, such as a commitment's page, as to read one thing with it.
//! So each worker has few statements of a kind under way; whoever asks meanwhile waits until one of them is back, and
//! then all who wait are read together, by the first of them. Nobody waits where nobody else asks, nor for more than
//! that one statement unless many do. Whoever waits and loses the one who was to read (a client that went away) asks
//! anew.

use super::reads::CONNECTIONS_PER_WORKER;
use super::{Conn, Reads};
use crate::kernel::{Result, Sight};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use tokio::sync::oneshot;

/// How many things are read by one statement at most: the more there are, the longer all wait.
const AT_ONCE: usize = 16;

/// Things of one kind, by whatever names one of them.
pub trait Several: 'static {
    /// What names one.
    type Name: Clone + PartialEq;
    /// What is read of one.
    type Thing: Clone;

    /// Reads these in one statement, as whoever has this sight sees them: one answer for each name, in their order.
    ///
    /// # Errors
    /// Where the database cannot answer.
    fn read(
        conn: &Conn,
        sight: &Sight,
        names: &[Self::Name],
    ) -> impl Future<Output = Result<Vec<Option<Self::Thing>>>>;
}

/// Those of one worker who ask for things of one kind.
pub struct Together<S: Several> {
    queue: Rc<RefCell<Queue<S>>>,
}

struct Queue<S: Several> {
    under_way: usize,
    waiting: VecDeque<Waiting<S>>,
}

/// Somebody who waits.
struct Waiting<S: Several> {
    sight: Sight,
    name: S::Name,
    turn: oneshot::Sender<Turn<S>>,
}

/// What somebody who waits is told.
enum Turn<S: Several> {
    /// What was found for them.
    Found(Option<S::Thing>),
    /// To read for themselves and others.
    Read(Leave<S>, Batch<S>),
}

/// What is read by one statement.
struct Batch<S: Several> {
    /// Each once; first that of whoever reads.
    names: Vec<S::Name>,
    /// For whom besides.
    others: VecDeque<Waiting<S>>,
}

/// What somebody who asks is told at once.
enum Asked<S: Several> {
    Leave(Leave<S>),
    Wait(oneshot::Receiver<Turn<S>>),
}

/// Leave to have one statement under way. Whoever gives it up passes it on.
struct Leave<S: Several>(Rc<RefCell<Queue<S>>>);

impl<S: Several> fmt::Debug for Together<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.queue.borrow();
        f.debug_struct("Together")
            .field("under_way", &queue.under_way)
            .field("waiting", &queue.waiting.len())
            .finish()
    }
}

impl<S: Several> Default for Together<S> {
    fn default() -> Self {
        Self { queue: Rc::new(RefCell::new(Queue { under_way: 0, waiting: VecDeque::new() })) }
    }
}

impl<S: Several> Together<S> {
    /// The thing of this name, as whoever has this sight sees it.
    ///
    /// # Errors
    /// Where the database cannot be reached or cannot answer.
    pub async fn find(&self, reads: &Reads, sight: &Sight, name: &S::Name) -> Result<Option<S::Thing>> {
        let (leave, Batch { names, others }) = loop {
            let told = match self.ask(sight, name) {
                Asked::Leave(leave) => {
                    break (leave, Batch { names: vec![name.clone()], others: VecDeque::new() });
                }
                Asked::Wait(told) => told,
            };
            match told.await {
                Ok(Turn::Found(found)) => return Ok(found),
                Ok(Turn::Read(leave, batch)) => break (leave, batch),
                // Whoever was to read could not, or was given up.
                Err(_) => {}
            }
        };
        let conn = reads.get().await?;
        let found = match S::read(&conn, sight, &names).await {
            // What others asked for may be at fault: they ask anew, and this one alone.
            Err(_) if !others.is_empty() => {
                drop(others);
                let found = S::read(&conn, sight, std::slice::from_ref(name)).await?;
                return Ok(found.into_iter().next().flatten());
            }
            found => found?,
        };
        // The next statement is on its way while the answers to this one are made.
        drop(leave);
        Ok(hand_out(&names, found, others))
    }

    fn ask(&self, sight: &Sight, name: &S::Name) -> Asked<S> {
        let mut queue = self.queue.borrow_mut();
        if queue.under_way < CONNECTIONS_PER_WORKER {
            queue.under_way += 1;
            return Asked::Leave(Leave(Rc::clone(&self.queue)));
        }
        let (turn, told) = oneshot::channel();
        queue.waiting.push_back(Waiting { sight: sight.clone(), name: name.clone(), turn });
        Asked::Wait(told)
    }
}

/// Gives the others what was found of these names, and returns that of the first.
fn hand_out<S: Several>(
    names: &[S::Name],
    mut found: Vec<Option<S::Thing>>,
    mut others: VecDeque<Waiting<S>>,
) -> Option<S::Thing> {
    while let Some(other) = others.pop_front() {
        let place = names.iter().position(|name| *name == other.name);
        let Some(thing) = place.and_then(|place| found.get_mut(place)) else { continue };
        let again = place == Some(0) || others.iter().any(|later| later.name == other.name);
        let thing = if again { thing.clone() } else { thing.take() };
        // Fails where they were given up meanwhile.
        let _ = other.turn.send(Turn::Found(thing));
    }
    found.into_iter().next().flatten()
}

impl<S: Several> Queue<S> {
    /// Who has waited longest, and what they are to read: for the same eyes. Who was given up is forgotten.
    fn next(&mut self) -> Option<(Waiting<S>, Batch<S>)> {
        self.waiting.retain(|waiting| !waiting.turn.is_closed());
        let first = self.waiting.pop_front()?;
        let (mut names, mut others, mut rest) = (vec![first.name.clone()], VecDeque::new(), VecDeque::new());
        for waiting in self.waiting.drain(..) {
            let known = names.contains(&waiting.name);
            if waiting.sight != first.sight || !known && names.len() == AT_ONCE {
                rest.push_back(waiting);
                continue;
            }
            if !known {
                names.push(waiting.name.clone());
            }
            others.push_back(waiting);
        }
        self.waiting = rest;
        Some((first, Batch { names, others }))
    }
}

impl<S: Several> Drop for Leave<S> {
    fn drop(&mut self) {
        let next = {
            let mut queue = self.0.borrow_mut();
            let next = queue.next();
            if next.is_none() {
                queue.under_way -= 1;
            }
            next
        };
        if let Some((first, batch)) = next {
            // Should they be given up before they hear of it, the leave goes on with the message.
            let _ = first.turn.send(Turn::Read(Self(Rc::clone(&self.0)), batch));
        }
    }
}

//! The wire between the application and its database, tapped: it counts the statements that run.

use super::TestDatabase;
use ogp_tracker::db::Target;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Counts the statements of whoever connects to a database through it.
#[derive(Debug)]
pub struct Wire(Arc<AtomicUsize>);

impl Wire {
    /// Lets the application reach the database through it.
    pub fn tap(database: &mut TestDatabase) -> Self {
        let server = Server::of(&database.target);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("address").port();
        let through = format!("{} host=127.0.0.1 port={port}", server.rest);
        database.target = Target::parse(&through).expect("an address");
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        thread::spawn(move || {
            for client in listener.incoming() {
                // Where either side is gone, so is the connection.
                let _ = client.and_then(|client| server.carry(client, &counted));
            }
        });
        Self(count)
    }

    /// How many statements ran since this was asked last.
    pub fn statements(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

/// Where the database is, and how to sign in there.
struct Server {
    host: String,
    port: String,
    rest: String,
}

impl Server {
    fn of(target: &Target) -> Self {
        let text = target.connection_string();
        let (mut host, mut port, mut rest) = (String::new(), "5432".to_owned(), String::new());
        for pair in text.split_whitespace() {
            let (name, value) = pair.split_once('=').expect("a pair");
            match name {
                "host" => host = value.trim_matches('\'').to_owned(),
                "port" => port = value.trim_matches('\'').to_owned(),
                _ => rest.extend([pair, " "]),
            }
        }
        Self { host, port, rest }
    }

    fn carry(&self, client: TcpStream, count: &Arc<AtomicUsize>) -> io::Result<()> {
        let counted = Counted { count: Arc::clone(count), begun: false };
        if self.host.starts_with('/') {
            let server = UnixStream::connect(format!("{}/.s.PGSQL.{}", self.host, self.port))?;
            let (there, back) = (server.try_clone()?, client.try_clone()?);
            thread::spawn(move || {
                pass(client, &there, counted).and_then(|()| there.shutdown(Shutdown::Both))
            });
            thread::spawn(move || {
                pass(server, &back, Uncounted).and_then(|()| back.shutdown(Shutdown::Both))
            });
        } else {
            let server = TcpStream::connect(format!("{}:{}", self.host, self.port))?;
            let (there, back) = (server.try_clone()?, client.try_clone()?);
            thread::spawn(move || {
                pass(client, &there, counted).and_then(|()| there.shutdown(Shutdown::Both))
            });
            thread::spawn(move || {
                pass(server, &back, Uncounted).and_then(|()| back.shutdown(Shutdown::Both))
            });
        }
        Ok(())
    }
}

/// What is done with what passes.
trait Passing {
    /// Copies the next piece; whether there was one.
    fn next(&mut self, from: &mut impl Read, to: &mut impl Write) -> io::Result<bool>;
}

fn pass(mut from: impl Read, mut to: impl Write, mut passing: impl Passing) -> io::Result<()> {
    while passing.next(&mut from, &mut to)? {}
    Ok(())
}

struct Uncounted;

impl Passing for Uncounted {
    fn next(&mut self, from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        let read = from.read(&mut piece)?;
        to.write_all(&piece[..read])?;
        Ok(read > 0)
    }
}

/// Messages of a client (PostgreSQL's protocol, version 3): all but the first begin with a letter.
struct Counted {
    count: Arc<AtomicUsize>,
    begun: bool,
}

impl Passing for Counted {
    fn next(&mut self, from: &mut impl Read, to: &mut impl Write) -> io::Result<bool> {
        let mut head = Vec::new();
        if self.begun {
            let mut letter = [0];
            if from.read(&mut letter)? == 0 {
                return Ok(false);
            }
            // Execute, and Query of the simple protocol.
            self.count.fetch_add(usize::from(matches!(letter[0], b'E' | b'Q')), Ordering::SeqCst);
            head.extend(letter);
        }
        self.begun = true;
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        head.extend(length);
        let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
        from.read_exact(&mut rest)?;
        head.extend(rest);
        to.write_all(&head)?;
        Ok(true)
    }
}

//! Several who ask at the same time are read together, and each gets their own.

use crate::harness::{Template, TestDatabase};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use ogp_tracker::db::reads::CONNECTIONS_PER_WORKER;
use ogp_tracker::db::{Conn, Reads, Several, Together};
use ogp_tracker::kernel::{Error, Result, Sight};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::task::{LocalSet, spawn_local, yield_now};

thread_local! {
    /// What was read by one statement, and for whose eyes.
    static READ: RefCell<Vec<(String, Vec<u32>)>> = const { RefCell::new(Vec::new()) };
}

/// The statement with it fails.
const UNLUCKY: u32 = 1313;

/// Even numbers are there, ten times as large.
struct Numbers;

impl Several for Numbers {
    type Name = u32;
    type Thing = u32;

    async fn read(mut conn: &Conn, sight: &Sight, names: &[u32]) -> Result<Vec<Option<u32>>> {
        READ.with_borrow_mut(|read| read.push((sight.members.clone(), names.to_vec())));
        conn.batch_execute("SELECT pg_sleep(0.05)").await?;
        if names.contains(&UNLUCKY) {
            return Err(Error::Internal("unlucky".to_owned()));
        }
        Ok(names.iter().map(|name| (name % 2 == 0).then_some(name * 10)).collect())
    }
}

fn eyes(members: &str) -> Sight {
    Sight { members: members.to_owned(), ..Sight::default() }
}

fn statements() -> Vec<(String, Vec<u32>)> {
    READ.take()
}

#[actix_web::test]
async fn who_asks_while_others_are_read_is_read_together_with_all_who_wait() {
    let database = TestDatabase::new(Template::Bare).await;
    let (reads, together) = (Reads::new(&database.target), Together::<Numbers>::default());
    let sight = eyes("");
    let names: Vec<u32> = (0..40).collect();
    let found = join_all(names.iter().map(|name| together.find(&reads, &sight, name))).await;
    for (name, found) in names.into_iter().zip(found) {
        assert_eq!(found.unwrap(), (name % 2 == 0).then_some(name * 10), "{name}");
    }
    let sizes: Vec<_> = statements().iter().map(|(_, names)| names.len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 40);
    assert_eq!(sizes[..CONNECTIONS_PER_WORKER], [1; CONNECTIONS_PER_WORKER], "{sizes:?}");
    assert_eq!(sizes[CONNECTIONS_PER_WORKER..], [16, 16, 6], "{sizes:?}");
    // Nobody waits where nobody else asks.
    assert_eq!(together.find(&reads, &sight, &4).await.unwrap(), Some(40));
    assert_eq!(statements(), [(String::new(), vec![4])]);
}

#[actix_web::test]
async fn nobody_is_read_for_the_eyes_of_another_and_what_several_ask_for_is_read_once() {
    let database = TestDatabase::new(Template::Bare).await;
    let (reads, together) = (Reads::new(&database.target), Together::<Numbers>::default());
    let (one, other) = (eyes("one"), eyes("other"));
    let asked = [(&one, 2), (&one, 4), (&one, 6), (&other, 6), (&one, 6), (&other, 8), (&one, 10)];
    let found = join_all(asked.iter().map(|(sight, name)| together.find(&reads, sight, name))).await;
    for ((_, name), found) in asked.iter().zip(found) {
        assert_eq!(found.unwrap(), Some(name * 10));
    }
    let mut statements = statements();
    statements.sort();
    let statement = |members: &str, names: &[u32]| (members.to_owned(), names.to_vec());
    assert_eq!(
        statements,
        [
            statement("one", &[2]),
            statement("one", &[4]),
            statement("one", &[6, 10]),
            statement("other", &[6, 8]),
        ]
    );
}

#[actix_web::test]
async fn who_waits_for_one_who_goes_away_or_fails_asks_anew() {
    let database = TestDatabase::new(Template::Bare).await;
    let (reads, together) = (Rc::new(Reads::new(&database.target)), Rc::new(Together::<Numbers>::default()));
    let ask = |name: u32| {
        let (reads, together) = (Rc::clone(&reads), Rc::clone(&together));
        spawn_local(async move { together.find(&reads, &eyes(""), &name).await })
    };
    let local = LocalSet::new();
    local
        .run_until(async {
            let asked: Vec<_> = [2, 4, 6, 8, 10, 12].into_iter().map(ask).collect();
            yield_now().await;
            // Those under way, and whoever is told to read next before they know it.
            asked[..3].iter().for_each(|gone| gone.abort());
            for (asked, name) in asked.into_iter().zip([2, 4, 6, 8, 10, 12]) {
                match asked.await {
                    Ok(found) => assert_eq!(found.unwrap(), Some(name * 10)),
                    Err(gone) => assert!(gone.is_cancelled() && name <= 6, "{name}: {gone}"),
                }
            }
            statements();
            // Whoever comes first among those who are read together.
            for names in [[2, 4, UNLUCKY, 6, 8], [2, 4, 6, UNLUCKY, 8]] {
                let asked: Vec<_> = names.into_iter().map(ask).collect();
                for (asked, name) in asked.into_iter().zip(names) {
                    let found = asked.await.unwrap();
                    assert_eq!(found.ok().flatten(), (name != UNLUCKY).then_some(name * 10), "{name}");
                }
                let after = statements();
                assert!(after.contains(&(String::new(), names[2..].to_vec())), "{after:?}");
            }
        })
        .await;
}

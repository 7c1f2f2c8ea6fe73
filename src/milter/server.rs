//! Reads, writes, waits: the conversation with relays over TCP and Unix sockets.

/// One connection.
mod connection;
/// Bytes that were read and not yet understood.
mod input;
/// The sockets relays connect to.
mod listener;

pub use listener::Listener;

use super::{Event, Judge, Observer, Settings};
use crate::budget::Budget;
use crate::spool::Directory;
use arc_swap::ArcSwap;
use connection::Connection;
use listener::Socket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What all connections share.
struct Shared<J> {
    settings: Arc<ArcSwap<Settings>>,
    budget: Budget,
    directory: Directory,
    judge: Arc<J>,
    observer: Arc<dyn Observer>,
    open: AtomicUsize,
}

/// Serves until `shutdown` turns true, then lets messages in flight finish, as long as the settings
/// allow. A connection goes by the settings of the time it was opened.
pub async fn run<J: Judge>(
    listeners: Vec<Listener>,
    settings: Arc<ArcSwap<Settings>>,
    budget: Budget,
    directory: Directory,
    judge: Arc<J>,
    observer: Arc<dyn Observer>,
    shutdown: watch::Receiver<bool>,
) {
    let shared = Arc::new(Shared { settings, budget, directory, judge, observer, open: AtomicUsize::new(0) });
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, Arc::clone(&shared), shutdown.clone()));
    }
    while accepting.join_next().await.is_some() {}
}

/// Accepts connections of one listener; returns when all of them are over.
async fn accept<J: Judge>(listener: Listener, shared: Arc<Shared<J>>, mut shutdown: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = asked_to_stop(&mut shutdown) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => if let Ok(socket) = accepted {
                open(socket, listener.name(), &shared, &shutdown, &mut connections);
            } else {
                shared.observer.event(Event::AcceptFailed);
                // Most often there are no descriptors left; some come back when a connection ends.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let grace = shared.settings.load().shutdown_grace;
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(grace, all).await;
    connections.shutdown().await;
}

fn open<J: Judge>(
    socket: Socket,
    listener: &str,
    shared: &Arc<Shared<J>>,
    shutdown: &watch::Receiver<bool>,
    connections: &mut JoinSet<()>,
) {
    let settings = shared.settings.load_full();
    let place = Place(Arc::clone(shared));
    if shared.open.fetch_add(1, Ordering::Relaxed) >= settings.connections {
        shared.observer.event(Event::TooManyConnections);
        return;
    }
    shared.observer.event(Event::ConnectionOpened);
    let connection = Connection::new(socket, listener, Arc::clone(shared), settings, shutdown.clone());
    connections.spawn(async move {
        let opened = Opened(place);
        connection.run().await;
        drop(opened);
    });
}

/// A place among the connections; given back on drop, however the connection ends.
struct Place<J>(Arc<Shared<J>>);

impl<J> Drop for Place<J> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that was told of; its end is told too, however it comes.
struct Opened<J>(Place<J>);

impl<J> Drop for Opened<J> {
    fn drop(&mut self) {
        self.0.0.observer.event(Event::ConnectionClosed);
    }
}

/// Returns when the program is to end; also when nobody is left who could say so.
async fn asked_to_stop(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

//! Builds, runs, reloads, stops.

mod http;
/// Builds what is in force from the files that the config names.
pub mod loading;
mod log;
mod observers;
mod systemd;

use crate::budget::Budget;
use crate::config::Config;
use crate::courier::Courier;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::milter::server::{self, Listener};
use crate::milter::{Listen, SocketAddress};
use crate::notice::words::Words;
use crate::pipeline::{Live, Pipeline};
use crate::policy::Policy;
use crate::problem::Problem;
use crate::room::{self, Room};
use crate::spool::Directory;
use crate::store::Store;
use arc_swap::ArcSwap;
use jiff::SignedDuration;
use observers::{Composer, Listening, Watching};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use systemd::Sockets;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long a second coming of a message is a retry.
const RETRY_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// The pause before a courier that failed begins again.
const COURIER_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// The parts of a running exeat.
pub struct Parts {
    /// The journey of each message.
    pub pipeline: Arc<Pipeline>,
    courier: Courier,
    watching: Arc<Watching>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts")
    }
}

fn problem(config: &Config, what: impl Into<String>) -> Vec<Problem> {
    vec![Problem::new(config.file.display().to_string(), None, what)]
}

impl Parts {
    /// The parts that look at messages, without a store.
    ///
    /// # Errors
    /// The worker processes do not start.
    pub async fn for_check(config: &Config, live: Live) -> Result<Self, Vec<Problem>> {
        Self::build(config, live, None, &Self::folder_for_check()).await
    }

    fn folder_for_check() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("exeat-check-{}", std::process::id()))
    }

    /// Ends the worker processes of [`Parts::for_check`] and removes the folder of its large messages.
    pub async fn stop_checking(&self) {
        self.stop().await;
        let _ = std::fs::remove_dir(Self::folder_for_check());
    }

    async fn build(config: &Config, live: Live, store: Option<Store>, spool: &Path) -> Result<Self, Vec<Problem>> {
        let metrics = Metrics::new().map_err(|error| problem(config, error.to_string()))?;
        let journal = Journal::new(metrics);
        let budget = Budget::new(config.memory);
        let watching = Arc::new(Watching::new(journal.clone()));
        let observer = Arc::clone(&watching);
        let room = Room::start(config.room.clone(), room::own_program(), budget.clone(), observer)
            .await
            .map_err(|error| problem(config, format!("[room] {error}")))?;
        let made = spool.parent().map_or(Ok(()), state_folder);
        let spool = made
            .and_then(|()| Directory::open(spool))
            .map_err(|error| problem(config, format!("the spool folder {}: {error}", spool.display())))?;
        let courier = Courier::new();
        let bell = courier.clone();
        let pipeline = Pipeline {
            live: Arc::new(ArcSwap::from_pointee(live)),
            room,
            store,
            budget,
            spool,
            most_in_memory: config.milter.memory_bytes,
            journal,
            wake: Arc::new(move || bell.wake()),
            window: RETRY_WINDOW,
        };
        Ok(Self { pipeline: Arc::new(pipeline), courier, watching })
    }

    /// Ends the worker processes.
    pub async fn stop(&self) {
        self.pipeline.room.stop().await;
    }
}

/// Runs until SIGTERM or SIGINT; SIGHUP reads config, policy, roster and directory anew.
///
/// # Errors
/// Everything that keeps it from starting.
pub async fn serve(file: &Path) -> Result<(), Vec<Problem>> {
    let (config, warnings) = Config::read(file)?;
    log::start(&config.log).map_err(|error| problem(&config, error))?;
    Words::shipped().map(|_| ()).map_err(|problem| vec![problem])?;
    let mut sockets = Sockets::handed_over()
        .map_err(|error| problem(&config, format!("a socket that systemd handed over cannot be used: {error}")))?;
    let (policy, broken) = policy_or_last_good(&config)?;
    let loaded = loading::load(&config, policy)?;
    let store = match &config.store {
        Some(settings) => Some(Store::of(settings).map_err(|error| problem(&config, format!("[store] {error}")))?),
        None => None,
    };
    let _serving = match &store {
        Some(store) => store.begin_serving().await.map_err(|error| problem(&config, format!("[store] {error}")))?,
        None => None,
    };
    let (pupils, enforcing) =
        (loaded.live.school.roster.len(), config.enforcement() != crate::policy::Enforcement::Monitor);
    let name = loaded.live.policy.name.clone();
    let parts = Parts::build(&config, loaded.live, store, &config.state_dir.join("spool")).await?;
    let journal = parts.pipeline.journal.clone();
    journal.loaded(&name, pupils, enforcing);
    journal.rules(rules(&parts.pipeline.live.load()));
    journal.metrics().roster_changed.set(loaded.roster_changed);
    journal.warnings(warnings.iter().chain(&loaded.warnings));
    match &broken {
        Some(problems) => journal.last_good_policy_used(problems),
        None => remember_policy(&config, &parts.pipeline.live.load().policy, &journal),
    }
    let milter = handed_over(&config, &mut sockets);
    let http = sockets.tcp(config.http);
    nobody_waits_in_vain(&config, &sockets)?;
    let listeners = listen(&config, milter).await?;
    let http = http::bind(config.http, http)
        .await
        .map_err(|error| problem(&config, format!("[http] {}: {error}", config.http)))?;
    journal.started(&parts.pipeline.room.sandbox().to_string());
    run(config, parts, listeners, http).await;
    Ok(())
}

/// For each `[[milter.listen]]` the socket that is open already, if there is one.
fn handed_over(config: &Config, sockets: &mut Sockets) -> Vec<Option<io::Result<Listener>>> {
    let mut take = |listen: &Listen| match &listen.socket {
        SocketAddress::Inet(address) => sockets.tcp(*address).map(|socket| Listener::adopt_inet(listen, socket)),
        SocketAddress::Unix(path) => sockets.unix(path).map(|socket| Listener::adopt_unix(listen, socket)),
    };
    config.milter.listen.iter().map(&mut take).collect()
}

/// The sockets relays connect to: those that are open already, and our own.
async fn listen(config: &Config, open: Vec<Option<io::Result<Listener>>>) -> Result<Vec<Listener>, Vec<Problem>> {
    let mut listeners = Vec::new();
    for (listen, open) in config.milter.listen.iter().zip(open) {
        let listener = match open {
            Some(adopted) => adopted,
            None => Listener::bind(listen).await,
        };
        listeners
            .push(listener.map_err(|error| problem(config, format!("[[milter.listen]] {}: {error}", listen.name)))?);
    }
    Ok(listeners)
}

/// A socket that systemd listens on and nobody answers would keep a relay waiting. Told before any other socket is
/// opened: under systemd that fails too where the two disagree, and would not say why.
fn nobody_waits_in_vain(config: &Config, sockets: &Sockets) -> Result<(), Vec<Problem>> {
    let left = sockets.left();
    if left.is_empty() {
        return Ok(());
    }
    let what = "systemd listens on a socket that no [[milter.listen]] and not [http] names";
    let right = "the same addresses in exeat.socket (systemctl edit exeat.socket) and in this file";
    let file = config.file.display().to_string();
    Err(vec![Problem::new(file, None, what).written(left.join(", ")).right(right)])
}

async fn run(config: Config, parts: Parts, listeners: Vec<Listener>, http: tokio::net::TcpListener) {
    let journal = parts.pipeline.journal.clone();
    let (stop, stopped) = watch::channel(false);
    let settings = Arc::new(ArcSwap::from_pointee(config.milter.clone()));
    let mut tasks = tokio::task::JoinSet::new();
    if let Some(store) = parts.pipeline.store.clone() {
        let composer = Arc::new(Composer::new(Arc::clone(&parts.pipeline.live)));
        let (courier, watching, stopped) = (parts.courier.clone(), Arc::clone(&parts.watching), stopped.clone());
        let (settings, journal) = (config.courier.clone(), journal.clone());
        tasks.spawn(async move {
            loop {
                let (courier, store, settings) = (courier.clone(), store.clone(), settings.clone());
                let (composer, watching, until) = (Arc::clone(&composer), Arc::clone(&watching), stopped.clone());
                let work = async move { courier.run(store, settings, composer, watching, until).await };
                if tokio::spawn(work).await.is_ok() || *stopped.borrow() {
                    return;
                }
                // It panicked. What it had claimed is free again when its lease ends.
                journal.trouble("the courier failed and begins again", "see the line before");
                tokio::time::sleep(COURIER_PAUSE).await;
            }
        });
    }
    let bypasses = crate::bypass::record_beside(&config.state_dir);
    tasks.spawn(http::serve(http, Arc::clone(&parts.pipeline), bypasses.clone(), stopped.clone()));
    tasks.spawn(observers::keep_bypass(Arc::clone(&parts.pipeline), bypasses, stopped.clone()));
    let folder = config.store.as_ref().and_then(|store| store.path.parent()).map(Path::to_owned).unwrap_or_default();
    tasks.spawn(observers::keep_counts(Arc::clone(&parts.pipeline), folder, stopped.clone()));
    tasks.spawn(systemd::keep_alive(stopped.clone()));
    let milter = server::run(
        listeners,
        Arc::clone(&settings),
        parts.pipeline.budget.clone(),
        parts.pipeline.spool.clone(),
        Arc::clone(&parts.pipeline),
        Arc::new(Listening(Arc::clone(&parts.pipeline))),
        stopped,
    );
    let signals = wait_for_signals(&config, &parts, &settings);
    tokio::pin!(milter);
    systemd::ready();
    tokio::select! {
        () = &mut milter => {}
        () = signals => {
            journal.stopping();
            systemd::stopping();
            let _ = stop.send(true);
            milter.await;
        }
    }
    let _ = stop.send(true);
    while tasks.join_next().await.is_some() {}
    parts.stop().await;
}

/// Returns when it is time to stop; reloads meanwhile as often as it is told to.
async fn wait_for_signals(config: &Config, parts: &Parts, settings: &ArcSwap<crate::milter::Settings>) {
    let (Ok(mut hangup), Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::hangup()), signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        std::future::pending::<()>().await;
        return;
    };
    loop {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = interrupt.recv() => return,
            _ = hangup.recv() => tokio::task::block_in_place(|| reload(config, parts, settings)),
        }
    }
}

/// Reads everything anew. What is wrong is said, and what was in force stays.
fn reload(before: &Config, parts: &Parts, settings: &ArcSwap<crate::milter::Settings>) {
    let file = before.file.as_path();
    let journal = &parts.pipeline.journal;
    let loaded = Config::read(file).and_then(|(config, warnings)| {
        let policy = loading::policy(Some(&config), &config.pack)?;
        Ok((loading::load(&config, policy)?, config, warnings))
    });
    match loaded {
        Err(problems) => journal.reload_failed(&problems),
        Ok((_, config, _)) if config.store.is_none() != parts.pipeline.store.is_none() => {
            let what = "a [store] that comes or goes needs a restart";
            journal.reload_failed(&problem(&config, what));
        }
        Ok((loaded, config, warnings)) => {
            let enforcing = loaded.live.enforcement != crate::policy::Enforcement::Monitor;
            journal.loaded(&loaded.live.policy.name, loaded.live.school.roster.len(), enforcing);
            journal.rules(rules(&loaded.live));
            journal.metrics().roster_changed.set(loaded.roster_changed);
            journal.warnings(warnings.iter().chain(&loaded.warnings));
            journal.needs_restart(&needs_restart(before, &config));
            remember_policy(&config, &loaded.live.policy, journal);
            parts.pipeline.live.store(Arc::new(loaded.live));
            settings.store(Arc::new(config.milter));
        }
    }
}

/// The rules in force: id, check, whether it acts.
fn rules(live: &Live) -> impl Iterator<Item = (&str, &str, bool)> {
    let rules = live.policy.rules.iter();
    rules.map(|rule| (rule.id.as_str(), rule.check(), live.enforcement.covers(&rule.id)))
}

/// Sections that a reload reads but that are in force only after a restart, where they differ.
fn needs_restart(before: &Config, now: &Config) -> Vec<&'static str> {
    let differ = |section, one: String, other: String| (one != other).then_some(section);
    [
        differ("memory", before.memory.to_string(), now.memory.to_string()),
        differ("state_dir", before.state_dir.display().to_string(), now.state_dir.display().to_string()),
        differ("milter.listen", format!("{:?}", before.milter.listen), format!("{:?}", now.milter.listen)),
        differ("room", format!("{:?}", before.room), format!("{:?}", now.room)),
        differ("store", format!("{:?}", before.store), format!("{:?}", now.store)),
        differ("courier", format!("{:?}", before.courier), format!("{:?}", now.courier)),
        differ("http", before.http.to_string(), now.http.to_string()),
        differ("log", format!("{:?}", before.log), format!("{:?}", now.log)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The configured policy, or the last one that was good together with what is wrong with the configured one.
fn policy_or_last_good(config: &Config) -> Result<(Policy, Option<Vec<Problem>>), Vec<Problem>> {
    let problems = match loading::policy(Some(config), &config.pack) {
        Ok(policy) => return Ok((policy, None)),
        Err(problems) => problems,
    };
    let last_good = config.state_dir.join(LAST_GOOD);
    let Ok(text) = std::fs::read_to_string(&last_good) else { return Err(problems) };
    match Policy::read(&last_good.display().to_string(), &text) {
        Ok(policy) => Ok((policy, Some(problems))),
        Err(_) => Err(problems),
    }
}

/// The last policy that was good, in the state folder.
pub(crate) const LAST_GOOD: &str = "last-good-policy.toml";

fn remember_policy(config: &Config, policy: &Policy, journal: &Journal) {
    let file = config.state_dir.join(LAST_GOOD);
    let new = file.with_extension("new");
    let written = state_folder(&config.state_dir)
        .and_then(|()| std::fs::write(&new, &policy.source_text))
        .and_then(|()| std::fs::rename(&new, &file));
    if let Err(error) = written {
        journal.trouble("the last good policy cannot be remembered", &format!("{}: {error}", file.display()));
    }
}

/// Makes the state folder, for its owner alone.
fn state_folder(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

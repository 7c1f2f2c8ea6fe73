//! `/metrics`, `/healthz` and `/readyz`.

use crate::bypass;
use crate::pipeline::Pipeline;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Takes the socket that is open already, or opens one.
pub(super) async fn bind(address: SocketAddr, open: Option<std::net::TcpListener>) -> std::io::Result<TcpListener> {
    let Some(open) = open else { return TcpListener::bind(address).await };
    open.set_nonblocking(true)?;
    TcpListener::from_std(open)
}

pub(super) async fn serve(
    listener: TcpListener,
    pipeline: Arc<Pipeline>,
    bypasses: PathBuf,
    mut stopped: watch::Receiver<bool>,
) {
    let journal = pipeline.journal.clone();
    let ready = move |State(pipeline): State<Arc<Pipeline>>| async move {
        let (code, text) = ready(&pipeline).await;
        (code, text + &banner(&bypasses))
    };
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(pipeline);
    let stop = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(stop).await {
        journal.trouble("the metrics page failed", &error.to_string());
    }
}

async fn metrics(State(pipeline): State<Arc<Pipeline>>) -> impl IntoResponse {
    let (budget, live) = (&pipeline.budget, pipeline.live.load());
    let open = live.school.calendar.is_open(jiff::Timestamp::now());
    pipeline.journal.looked_at(budget.total().saturating_sub(budget.free()), budget.total(), open);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], pipeline.journal.metrics().render())
}

/// A line more while a person lets mail pass unchecked. Who and why is not for everybody who asks this page.
fn banner(record: &Path) -> String {
    let now = jiff::Timestamp::now();
    let entries = tokio::task::block_in_place(|| bypass::read(record)).unwrap_or_default();
    bypass::in_force(&entries).map(|entry| format!("{}\n", bypass::banner(entry, now))).unwrap_or_default()
}

/// Ready: messages can be opened, and kept if they must be.
async fn ready(pipeline: &Pipeline) -> (StatusCode, String) {
    if let Err(error) = tokio::task::block_in_place(|| pipeline.spool.file()) {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("the spool folder cannot be written: {error}\n"));
    }
    let Some(store) = &pipeline.store else { return (StatusCode::OK, "ready, monitoring only\n".to_owned()) };
    match store.probe(jiff::Timestamp::now()).await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("the store cannot be written: {error}\n")),
    }
}

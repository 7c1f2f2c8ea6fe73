//! STARTTLS, certificates, REQUIRETLS.

use crate::next_hop::Script;
use crate::scene::*;
use exeat::courier::{Event, Mode, TroubleKind};
use exeat::store::{KeepState, State};
use jiff::SignedDuration;
use std::process::Command;
use std::sync::Arc;

/// A certificate authority and a certificate for `next.example`, made by openssl; `None` where there is none.
fn certificates(folder: &std::path::Path) -> Option<()> {
    let config = "[req]\ndistinguished_name=n\n[n]\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n\
                  [leaf]\nbasicConstraints=CA:FALSE\nsubjectAltName=DNS:next.example\nextendedKeyUsage=serverAuth,clientAuth\n";
    std::fs::write(folder.join("c"), config).ok()?;
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "c"];
    let run = |arguments: Vec<&str>| {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output().ok()?;
        output.status.success().then_some(())
    };
    let ca = ["req", "-x509", "-subj", "/CN=ca", "-extensions", "ca", "-keyout", "ca.key", "-out", "ca.pem"];
    run(ca.into_iter().chain(key).collect())?;
    let leaf = ["req", "-subj", "/CN=next.example", "-keyout", "key.pem", "-out", "leaf.csr"];
    run(leaf.into_iter().chain(key).collect())?;
    let sign =
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -extfile c -extensions leaf";
    run(sign.split(' ').collect())
}

fn server_tls(folder: &std::path::Path, ask_client: bool) -> Arc<rustls::ServerConfig> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let read = |name: &str| CertificateDer::from_pem_file(folder.join(name)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(read("ca.pem")).unwrap();
    let builder =
        rustls::ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = if ask_client {
        let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.unwrap().with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.unwrap().with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    Arc::new(builder.with_single_cert(vec![read("leaf.pem")], key).unwrap())
}

#[tokio::test]
async fn encryption_is_used_where_offered_and_checked_where_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    if certificates(folder.path()).is_none() {
        println!("skipped: openssl is missing");
        return;
    }
    let file = |name: &str| Some(folder.path().join(name));
    let offers = vec!["STARTTLS", "REQUIRETLS"];
    // mode, offered, a certificate of ours asked for and given, REQUIRETLS, what comes of it
    let cases = [
        ("offered", Mode::Offered, true, (false, false), false, Ok(true)),
        ("not offered", Mode::Offered, false, (false, false), false, Ok(false)),
        ("not wanted", Mode::Never, true, (false, false), false, Ok(false)),
        ("required", Mode::Required, true, (false, false), false, Ok(true)),
        ("required, not offered", Mode::Required, false, (false, false), false, Err(State::Ready)),
        ("verified", Mode::Verified, true, (false, false), true, Ok(true)),
        ("all the way, not verified", Mode::Required, true, (false, false), true, Err(State::Failed)),
        ("with our certificate", Mode::Verified, true, (true, true), false, Ok(true)),
        ("without our certificate", Mode::Verified, true, (true, false), false, Err(State::Ready)),
    ];
    for (what, mode, offered, (asked, given), all_the_way, expected) in cases {
        let offers = if offered { offers.clone() } else { vec![] };
        let tls = Some(server_tls(folder.path(), asked));
        let mut scene = Scene::new(Script { offers, tls, ..Script::default() }).await;
        scene.settings = settings(scene.hop.port, |written| {
            written.tls = mode;
            written.tls_roots = file("ca.pem");
            written.tls_certificate = file("leaf.pem").filter(|_| given);
            written.tls_key = file("key.pem").filter(|_| given);
        });
        scene.settings.back_off = vec![SignedDuration::from_hours(1)];
        let parameters: &[&str] = if all_the_way { &["REQUIRETLS"] } else { &[] };
        scene.keep(with_parameters(keep("EX-1", KeepState::Ready, CONTENT), parameters, &[])).await;
        scene.until_heard(1).await;
        let sent: Vec<bool> = scene.hop.whole().iter().filter(|s| s.mail != "<>").map(|s| s.encrypted).collect();
        match expected {
            Ok(encrypted) => assert_eq!(sent, [encrypted], "{what}: {:?}", scene.heard()),
            Err(state) => {
                assert!(sent.is_empty(), "{what}");
                assert_eq!(scene.state("EX-1").await, state, "{what}");
            }
        }
    }
    // A certificate nobody we know has signed.
    let mut scene =
        Scene::new(Script { offers, tls: Some(server_tls(folder.path(), false)), ..Script::default() }).await;
    scene.settings = settings(scene.hop.port, |written| written.tls = Mode::Verified);
    scene.keep(keep("EX-1", KeepState::Ready, CONTENT)).await;
    scene.until_heard(1).await;
    assert!(matches!(&scene.heard()[0], Event::Later { trouble, .. } if trouble.kind == TroubleKind::Tls));
}

#[tokio::test]
async fn words_in_the_clear_behind_starttls_are_not_believed() {
    for (answer, kind) in [("220 go\r\n250 injected", TroubleKind::Garbage), ("454 not now", TroubleKind::Tls)] {
        let mut scene =
            Scene::new(Script { offers: vec!["STARTTLS"], answers: vec![("STARTTLS", answer)], ..Script::default() })
                .await;
        scene.settings = settings(scene.hop.port, |written| written.tls = Mode::Required);
        scene.keep(keep("EX-1", KeepState::Ready, CONTENT)).await;
        scene.until_heard(1).await;
        assert!(matches!(&scene.heard()[0], Event::Later { trouble, .. } if trouble.kind == kind));
        assert!(scene.hop.whole().is_empty());
    }
}

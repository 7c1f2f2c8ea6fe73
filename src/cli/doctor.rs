//! `exeat doctor`: looks at everything around exeat that has to be right.
pub(super) async fn run(_: std::path::PathBuf) -> u8 {
    super::OK
}

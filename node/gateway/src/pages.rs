//! The explorer's page and the files that it loads, as they lie beside this crate: no build step, no other origin.

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// Scripts, styles and data of this gateway alone; nothing inline, no frames, no forms.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page: its path, its media type, its bytes.
type Page = (&'static str, &'static str, &'static [u8]);

/// Names the files beside the page, each by its own name.
macro_rules! files {
    ($($name:literal $kind:ident)*) => {
        &[
            ("/", HTML, include_bytes!("../explorer/index.html")),
            $((concat!("/", $name), $kind, include_bytes!(concat!("../explorer/", $name))),)*
        ]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

/// All files of the explorer. A test holds that none is missing.
const FILES: &[Page] = files! {
    "account.js" SCRIPT
    "api.js" SCRIPT
    "app.js" SCRIPT
    "blocks.js" SCRIPT
    "book.js" SCRIPT
    "committee.js" SCRIPT
    "dom.js" SCRIPT
    "format.js" SCRIPT
    "icon.svg" IMAGE
    "live.js" SCRIPT
    "mesh.js" SCRIPT
    "overview.js" SCRIPT
    "parts.js" SCRIPT
    "plots.js" SCRIPT
    "provers.js" SCRIPT
    "score.js" SCRIPT
    "style.css" STYLE
    "task.js" SCRIPT
    "tasks.js" SCRIPT
    "theme.js" SCRIPT
    "words.js" SCRIPT
};

/// Whether a path is that of the page or of a file that it loads: they hold no data.
pub(crate) fn has(path: &str) -> bool {
    FILES.iter().any(|(known, ..)| *known == path)
}

/// The routes of all files.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES
        .iter()
        .fold(Router::new(), |routes, &(path, kind, bytes)| routes.route(path, get(async move || file(kind, bytes))))
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Another version of the program brings another page.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let headers: HeaderMap = headers.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect();
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::{fs, path::Path};

    #[tokio::test]
    async fn answers_share_the_bytes_of_the_explorer_s_files() {
        for &(path, kind, bytes) in FILES {
            let body = file(kind, bytes).into_body().collect().await.unwrap().to_bytes();
            assert_eq!((body.as_ptr(), body.len()), (bytes.as_ptr(), bytes.len()), "{path}");
        }
    }

    #[test]
    fn every_file_of_the_explorer_is_served() {
        let dir = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("explorer")).unwrap();
        let there = dir.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let missing: Vec<String> = there.filter(|name| name != "index.html" && !has(&format!("/{name}"))).collect();
        assert!(missing.is_empty(), "{missing:?} are beside the page and not served");
    }
}

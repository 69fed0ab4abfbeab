//! The rows, by the sections of the checklist.

use super::{Row, check};

macro_rules! sections {
    ($($section:ident),* $(,)?) => {
        $(mod $section;)*

        /// All of them.
        pub(super) const ROWS: &[&[Row]] = &[$($section::ROWS),*];

        $(
            #[tokio::test]
            async fn $section() {
                check($section::ROWS).await;
            }
        )*
    };
}

sections!(
    base,
    v24,
    v0326,
    batches,
    sessions,
    deltas,
    envelope,
    headers,
    statuses,
    streams,
    discovery,
    subscriptions,
    rounds,
    tools,
    features,
    later,
    elicitation,
    dual,
);

//! Puts up the views, which, unlike the numbered files, may change and are then put up again.
//!
//! Each view carries in its comment the revision and the checksum of the set that it was put up with:
//! `… (views 3, 0a1b2c3d4e5f)`. Nothing else is noted anywhere, so what stands is always known, whatever was restored,
//! dropped or changed by hand, and whoever migrated last.
//!
//! - Every view carries our mark: nothing to do.
//! - One carries a higher revision: all are left alone. A newer binary was here.
//! - Otherwise all are put up, and then looked at again. A binary that migrates at the same time leaves its mark on
//!   some: an older one's are put over, and behind a newer one this run reports failure, since views of both may stand;
//!   the next run of the newer binary mends them.

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::files::ViewSet;
use super::{Error, execute};

/// How often a set is put up again because another run, with the same right to it, put up its own meanwhile.
const ATTEMPTS: usize = 5;

/// What became of the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Views {
    /// All stood already.
    UpToDate,
    /// Put up, this many.
    Applied(usize),
    /// Left alone: the database has those of this higher revision.
    Newer(u32),
}

#[derive(Debug, Row, Deserialize)]
struct Standing {
    name: String,
    comment: String,
}

/// Makes the views stand as in `set`.
pub(super) async fn apply(client: &Client, set: &ViewSet) -> Result<Views, Error> {
    let mark = mark(set.revision, &set.checksum());
    let statements =
        set.statements(&mark).map_err(|(file, source)| Error::ViewsUnreadable { file, source })?;
    let names: Vec<&str> = statements.iter().map(|(name, _)| name.as_str()).collect();
    for attempt in 0..ATTEMPTS {
        let standing = standing(client).await?;
        let newest = standing.iter().filter_map(|view| revision(&view.comment)).max().unwrap_or(0);
        match (newest > set.revision, attempt) {
            (true, 0) => return Ok(Views::Newer(newest)),
            (true, _) => return Err(Error::ViewsOvertaken { newer: newest, known: set.revision }),
            (false, _) => {}
        }
        let stands = |name: &&str| standing.iter().any(|v| v.name == *name && v.comment.ends_with(&mark));
        if names.iter().all(stands) {
            return Ok(if attempt == 0 { Views::UpToDate } else { Views::Applied(names.len()) });
        }
        for (_, statement) in &statements {
            execute(client, statement).await?;
        }
        tracing::info!(revision = set.revision, views = names.len(), "views put up");
    }
    Err(Error::ViewsContended { attempts: ATTEMPTS })
}

fn mark(revision: u32, checksum: &str) -> String {
    format!("(views {revision}, {checksum})")
}

/// Revision in the comment of a view.
fn revision(comment: &str) -> Option<u32> {
    let (_, mark) = comment.strip_suffix(')')?.rsplit_once("(views ")?;
    mark.split_once(", ")?.0.parse().ok()
}

async fn standing(client: &Client) -> Result<Vec<Standing>, Error> {
    client
        .query(
            "SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND engine = 'View'",
        )
        .fetch_all::<Standing>()
        .await
        .map_err(|source| Error::ClickHouse { doing: "looking at the views that stand".to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_read_from_the_mark() {
        assert_eq!(revision(&format!("Rows {}", mark(12, "0a1b2c3d4e5f"))), Some(12));
        assert_eq!(revision("Rows (views of old)"), None);
        assert_eq!(revision("Rows (views 3)"), None);
        assert_eq!(revision(""), None);
    }
}

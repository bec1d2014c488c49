//! What goes in comes out, from memory and from the file.

use super::*;

/// Positions by transaction, over all passes.
fn all(store: &Store) -> std::collections::BTreeMap<u64, Vec<u32>> {
    let mut found = std::collections::BTreeMap::<u64, Vec<u32>>::new();
    for heap in 0..HEAPS {
        let passes = store.passes(heap);
        for pass in 0..passes {
            store
                .take(heap, (pass, passes), |kept| {
                    assert!(kept.payload.iter().all(|b| *b == b'p'));
                    found.entry(kept.hash).or_default().push(kept.at.line);
                })
                .unwrap();
        }
    }
    found.values_mut().for_each(|lines| lines.sort_unstable());
    found
}

fn filled(bytes_max: usize, folder: PathBuf) -> Result<Store, Error> {
    let store = Store::bounded(folder, bytes_max);
    let mut batch = Batch::new();
    for line in 0..3_000 {
        let payload = vec![b'p'; 1_000];
        let station = format!("S{}", line % 7);
        batch.put(&Kept {
            hash: hash(&station, "tx"),
            at: Position { chunk: 0, line },
            version: OcppVersion::V21,
            received_at: (line % 2 == 0).then_some(Micros(7)),
            station: &station,
            payload: &payload,
        });
        if line % 10 == 0 {
            store.add(&mut batch)?;
        }
    }
    store.add(&mut batch)?;
    Ok(store)
}

#[test]
fn what_is_set_aside_comes_back() {
    let memory = filled(usize::MAX, "/nowhere".into()).unwrap();
    let both = filled(64 << 10, std::env::temp_dir()).unwrap();
    assert!(both.held.load(Ordering::Relaxed) <= 64 << 10);
    assert!(both.spill.lock().unwrap().end > 0);
    assert_eq!(all(&memory), all(&both));
    assert_eq!(all(&both).values().map(Vec::len).sum::<usize>(), 3_000);
}

#[test]
fn a_folder_that_takes_nothing_is_an_error() {
    let error = filled(64 << 10, "/nowhere".into()).map(|_| ()).unwrap_err();
    assert_eq!((error.status(), error.to_string().contains("/nowhere")), (74, true));
}

#[test]
fn an_event_is_read_as_it_was_written() {
    let kept = Kept {
        hash: 1,
        at: Position { chunk: 2, line: 3 },
        version: OcppVersion::V201,
        received_at: None,
        station: "ä",
        payload: b"\xff{}",
    };
    let mut bytes = Vec::new();
    kept.write(&mut bytes);
    assert_eq!(Kept::read(&bytes), Some((kept, &[][..])));
    assert_eq!(Kept::read(&bytes[..bytes.len() - 1]), None);
}

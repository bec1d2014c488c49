//! Chunks and lines, out of readers that drip.

use super::*;

/// Gives a few bytes at a time, as a pipe does.
struct Dripping(Vec<u8>, usize);

impl Read for Dripping {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(self.1).min(self.0.len());
        out[..most].copy_from_slice(&self.0[..most]);
        self.0.drain(..most);
        Ok(most)
    }
}

fn chunks(bytes: &[u8], at_a_time: usize) -> Vec<(Vec<u8>, Option<u64>)> {
    let reader = Box::new(Dripping(bytes.to_vec(), at_a_time));
    let input = Input { name: "x".to_owned(), reader, size: None };
    let mut given = Vec::new();
    input
        .read(Vec::new, |bytes, too_long| {
            given.push((bytes, too_long));
            true
        })
        .unwrap();
    given
}

fn lines(bytes: &[u8]) -> Vec<(String, u32)> {
    let mut rest = bytes;
    let mut lines = Vec::new();
    while let Some((line, count, after)) = next_line(rest) {
        lines.push((String::from_utf8_lossy(line).into_owned(), count));
        rest = after;
    }
    lines
}

#[test]
fn chunks_end_with_lines_and_lose_nothing() {
    let text: Vec<u8> = (0..400_000_u32).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    let given = chunks(&text, 77_777);
    assert!(given.len() > 3);
    assert!(given.iter().all(|(bytes, _)| bytes.ends_with(b"\n") && bytes.len() <= 2 * CHUNK_BYTES));
    assert_eq!(given.into_iter().flat_map(|(bytes, _)| bytes).collect::<Vec<u8>>(), text);
}

#[test]
fn the_last_line_needs_no_feed_and_a_mark_is_passed_over() {
    assert_eq!(chunks(b"\xef\xbb\xbfa\nb", 1), [(b"a\nb".to_vec(), None)]);
    assert_eq!(chunks(b"", 1), []);
}

#[test]
fn a_line_above_the_bound_is_told_by_its_length() {
    let long = vec![b'x'; LINE_BYTES_MAX + 3 * CHUNK_BYTES + 5];
    let text = [b"before\n", &long[..], b"\nafter\n"].concat();
    let given = chunks(&text, 1 << 20);
    let told: Vec<_> = given.iter().map(|(bytes, too_long)| (bytes.len(), *too_long)).collect();
    assert_eq!(told, [(7, None), (0, Some(u64::try_from(long.len()).unwrap())), (6, None)]);
    let given = chunks(&long, 1 << 20);
    assert_eq!(given, [(Vec::new(), Some(u64::try_from(long.len()).unwrap()))]);
}

#[test]
fn broken_frames_stay_whole() {
    let frame = "x: ChargePoint>CentralSystem TransactionEvent  \n[\n  2,\n  {\n    \"a\": 1\n  }\n]\n\n"
        .repeat(30_000);
    let given = chunks(frame.as_bytes(), 1 << 16);
    assert!(given.len() > 1);
    for (bytes, _) in &given {
        let counts: Vec<_> = lines(bytes).into_iter().map(|(_, count)| count).collect();
        assert!(counts.iter().all(|count| matches!(count, 1 | 6)), "{counts:?}");
    }
}

#[test]
fn lines_are_joined_only_where_one_is_open() {
    assert_eq!(lines(b"a\n  b\nc"), [("a".into(), 1), ("  b".into(), 1), ("c".into(), 1)]);
    assert_eq!(lines(b"{\r\n \"a\":1\r\n}\r\nb\n"), [("{\r\n \"a\":1\r\n}\r".into(), 3), ("b".into(), 1)]);
    assert_eq!(lines(b"{\n{\n"), [("{".into(), 1), ("{".into(), 1)]);
    assert_eq!(lines(b"\n\n"), [(String::new(), 1), (String::new(), 1)]);
}

#[test]
fn packed_files_are_named() {
    let reader = Box::new(&b"\x1f\x8b\x08\x00"[..]);
    let input = Input { name: "a.gz".to_owned(), reader, size: None };
    let error = input.read(Vec::new, |_, _| true).unwrap_err();
    assert_eq!(error.status(), 64);
    assert_eq!(
        error.to_string(),
        "a.gz is gzip, which is not read as it is; pipe it in: zcat a.gz | wattledger check -"
    );
}

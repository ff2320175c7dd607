use super::{BatchRequest, BatchSize, batches, parse_time, python_text, sample_window};

fn at(text: &str) -> jiff::Timestamp {
    parse_time(text).unwrap()
}

fn request(size: BatchSize) -> BatchRequest {
    BatchRequest {
        size,
        begin: Some(at("2024-09-15 13:30:00")),
        lookback: 1,
        is_incremental: false,
        start: None,
        end: None,
        now: at("2024-09-17 16:06:00"),
    }
}

fn check(request: &BatchRequest, expected: &str) {
    let shown = match batches(request) {
        None => "none".to_owned(),
        Some(batches) => batches
            .iter()
            .map(|b| format!("{} - {}", python_text(b.start), python_text(b.end)))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    assert_eq!(shown.replace("+00:00", ""), expected);
}

#[test]
fn a_first_run_goes_from_the_beginning_to_now() {
    check(
        &request(BatchSize::Day),
        "2024-09-15 00:00:00 - 2024-09-16 00:00:00\n\
         2024-09-16 00:00:00 - 2024-09-17 00:00:00\n\
         2024-09-17 00:00:00 - 2024-09-18 00:00:00",
    );
    check(
        &request(BatchSize::Month),
        "2024-09-01 00:00:00 - 2024-10-01 00:00:00",
    );
    check(
        &BatchRequest {
            begin: Some(at("2023-12-31")),
            ..request(BatchSize::Year)
        },
        "2023-01-01 00:00:00 - 2024-01-01 00:00:00\n\
         2024-01-01 00:00:00 - 2025-01-01 00:00:00",
    );
}

#[test]
fn a_first_run_needs_a_beginning() {
    let without = BatchRequest {
        begin: None,
        ..request(BatchSize::Day)
    };
    check(&without, "none");
}

#[test]
fn a_later_run_looks_back() {
    let later = BatchRequest {
        is_incremental: true,
        ..request(BatchSize::Day)
    };
    check(
        &later,
        "2024-09-16 00:00:00 - 2024-09-17 00:00:00\n\
         2024-09-17 00:00:00 - 2024-09-18 00:00:00",
    );
    check(
        &BatchRequest {
            now: at("2024-09-17"),
            lookback: 0,
            ..later
        },
        "2024-09-16 00:00:00 - 2024-09-17 00:00:00",
    );
    check(
        &BatchRequest {
            size: BatchSize::Hour,
            ..later
        },
        "2024-09-17 15:00:00 - 2024-09-17 16:00:00\n\
         2024-09-17 16:00:00 - 2024-09-17 17:00:00",
    );
}

#[test]
fn flags_say_from_when_to_when() {
    let given = BatchRequest {
        start: Some(at("2024-01-02T05:00:00")),
        end: Some(at("2024-01-03T05:00:00Z")),
        ..request(BatchSize::Day)
    };
    check(
        &given,
        "2024-01-02 00:00:00 - 2024-01-03 00:00:00\n\
         2024-01-03 00:00:00 - 2024-01-04 00:00:00",
    );
}

#[test]
fn offsets_count_from_the_start_of_the_batch() {
    let time = at("2024-09-17 16:06:00");
    let shown = |size: BatchSize, count| python_text(size.offset(time, count));
    assert_eq!(shown(BatchSize::Hour, -1), "2024-09-17 15:00:00+00:00");
    assert_eq!(shown(BatchSize::Day, 1), "2024-09-18 00:00:00+00:00");
    assert_eq!(shown(BatchSize::Month, -1), "2024-08-01 00:00:00+00:00");
    assert_eq!(shown(BatchSize::Month, 5), "2025-02-01 00:00:00+00:00");
    assert_eq!(shown(BatchSize::Year, 1), "2025-01-01 00:00:00+00:00");
    let end_of_time = BatchSize::Year.offset(time, 1_000_000);
    assert_eq!(end_of_time, jiff::Timestamp::MAX);
}

#[test]
fn names_of_batches() {
    let time = at("2024-09-17 16:06:00");
    assert_eq!(BatchSize::Hour.format(time), "2024-09-17T16");
    assert_eq!(BatchSize::Hour.id(time), "20240917T16");
    assert_eq!(BatchSize::Day.id(time), "20240917");
    assert_eq!(BatchSize::Month.format(time), "2024-09");
    assert_eq!(BatchSize::Year.format(time), "2024");
}

#[test]
fn times_in_their_spellings() {
    for text in [
        "2024-09-17",
        "2024-09-17 00:00:00",
        "2024-09-17T00:00:00",
        "2024-09-17T00:00:00Z",
        "2024-09-17T02:00:00+02:00",
    ] {
        assert_eq!(python_text(at(text)), "2024-09-17 00:00:00+00:00", "{text}");
    }
    assert_eq!(parse_time("soon"), None);
    assert_eq!(
        python_text(at("2024-09-17T00:00:00.5")),
        "2024-09-17 00:00:00.500000+00:00"
    );
}

fn check_sample(text: &str, expected: &str) {
    let now = at("2024-03-31 12:00:00");
    let shown = sample_window(text, now)
        .map(|(start, end)| format!("{} - {}", python_text(start), python_text(end)));
    assert_eq!(shown.unwrap_or_default().replace("+00:00", ""), expected);
}

#[test]
fn samples() {
    check_sample("3 days", "2024-03-28 12:00:00 - 2024-03-31 12:00:00");
    check_sample("1 month", "2024-02-29 12:00:00 - 2024-03-31 12:00:00");
    check_sample("6 HOURS", "2024-03-31 06:00:00 - 2024-03-31 12:00:00");
    check_sample(
        "{'start': '2024-01-01', 'end': '2024-02-01 10:00:00'}",
        "2024-01-01 00:00:00 - 2024-02-01 10:00:00",
    );
    check_sample(
        "{\"start\": \"2024-01-01\", \"end\": \"2024-01-02\"}",
        "2024-01-01 00:00:00 - 2024-01-02 00:00:00",
    );
    check_sample("3 apples", "");
    check_sample("soon", "");
}

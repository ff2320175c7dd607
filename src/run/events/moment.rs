//! Moments as dbt writes them. A run has several for each of its nodes, so
//! they are written without going through a pattern.

use jiff::Timestamp;
use jiff::tz::Offset;

/// Writes a moment as dbt's JSON does: `2024-01-31T10:00:00.123456Z`.
pub fn timestamp(at: Timestamp) -> String {
    let mut text = naive_timestamp(at);
    text.push('Z');
    text
}

/// Writes a moment as dbt's `node_info` has it, without a zone.
pub fn naive_timestamp(at: Timestamp) -> String {
    let moment = Offset::UTC.to_datetime(at);
    let Ok(year @ 0..=9999) = u32::try_from(moment.year()) else {
        return at.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    };
    let part = |number: i8| u32::from(number.unsigned_abs());
    let micros = moment.subsec_nanosecond().unsigned_abs() / 1000;
    let mut text = String::with_capacity("2024-01-31T10:00:00.123456Z".len());
    push(&mut text, year, 1000);
    text.push('-');
    push(&mut text, part(moment.month()), 10);
    text.push('-');
    push(&mut text, part(moment.day()), 10);
    text.push('T');
    push(&mut text, part(moment.hour()), 10);
    text.push(':');
    push(&mut text, part(moment.minute()), 10);
    text.push(':');
    push(&mut text, part(moment.second()), 10);
    text.push('.');
    push(&mut text, micros, 100_000);
    text
}

/// Writes a number with leading zeros; `place` is the value of its first digit.
fn push(text: &mut String, number: u32, mut place: u32) {
    while place > 0 {
        text.push(char::from(b'0' + (number / place % 10) as u8));
        place /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_look_as_their_pattern_has_them() {
        let nanoseconds = [
            0,
            1,
            -1,
            999_999_999,
            -999,
            1_706_695_200_123_456_789,
            1_709_251_199_000_001_000,
            -62_135_596_800_000_000_000,
            -99_000_000_000_000_000_000,
            253_402_207_200_000_000_000,
        ];
        for nanosecond in nanoseconds {
            let at = Timestamp::from_nanosecond(nanosecond).unwrap();
            let expected = at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
            assert_eq!(timestamp(at), expected);
            assert_eq!(format!("{}Z", naive_timestamp(at)), expected);
        }
    }
}

//! The proleptic Gregorian calendar, in days from 0001-01-01, which is day 1.

/// The last day Python knows, 9999-12-31.
pub const MAX_ORDINAL: i128 = 3_652_059;

/// Returns the day's number.
pub fn ordinal(year: i64, month: u8, day: u8) -> i128 {
    let y = i128::from(year) - i128::from(month <= 2);
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let month = i128::from(month);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + i128::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 305
}

/// Returns year, month and day of a day's number.
pub fn from_ordinal(ordinal: i128) -> (i64, u8, u8) {
    let days = ordinal + 305;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u8;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    } as u8;
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    (year as i64, month, day)
}

pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The weekday from Monday, 0, to Sunday, 6.
pub fn weekday(ordinal: i128) -> u8 {
    (ordinal + 6).rem_euclid(7) as u8
}

/// The ISO year and week of a day.
pub fn iso_week(ordinal: i128) -> (i64, u8) {
    let thursday = ordinal - i128::from(weekday(ordinal)) + 3;
    let (year, _, _) = from_ordinal(thursday);
    let first = self::ordinal(year, 1, 1);
    (year, ((thursday - first) / 7 + 1) as u8)
}

/// The day an ISO year's week 1 begins.
pub fn iso_year_start(year: i64) -> i128 {
    let fourth = ordinal(year, 1, 4);
    fourth - i128::from(weekday(fourth))
}

pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

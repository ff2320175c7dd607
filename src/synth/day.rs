//! Calendar days as a count, which is what Parquet stores and what the
//! simulation adds to and compares.

use std::fmt;
use std::ops::{Add, Sub};

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i32);

impl Day {
    /// Returns the day with this year, month (1 to 12) and day of the month.
    pub const fn new(year: i32, month: i32, day: i32) -> Self {
        // Years are counted from March, so that the leap day is the last.
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Returns year, month and day of the month.
    pub fn civil(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day)
    }

    pub fn year(self) -> i32 {
        self.civil().0
    }

    pub fn month(self) -> i32 {
        self.civil().1
    }

    /// Returns the given day of the month that follows this day's month.
    pub fn in_next_month(self, day: i32) -> Self {
        let (year, month, _) = self.civil();
        if month == 12 {
            Self::new(year + 1, 1, day)
        } else {
            Self::new(year, month + 1, day)
        }
    }

    /// Returns the age in whole years on this day.
    pub fn years_since(self, birth: Self) -> i32 {
        let (year, month, day) = self.civil();
        let (birth_year, birth_month, birth_day) = birth.civil();
        year - birth_year - i32::from((month, day) < (birth_month, birth_day))
    }
}

impl Add<i32> for Day {
    type Output = Self;

    fn add(self, days: i32) -> Self {
        Self(self.0 + days)
    }
}

impl Sub for Day {
    type Output = i32;

    fn sub(self, other: Self) -> i32 {
        self.0 - other.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

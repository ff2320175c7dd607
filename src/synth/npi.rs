//! The National Provider Identifier and its check digit.
//!
//! An NPI has nine digits, the first a 1 or a 2, and a check digit. The check digit follows the
//! Luhn formula over the nine digits preceded by `80840`, the prefix of health
//! applications in the United States (CMS, "Requirements for NPI and NPI
//! Check Digit"). `1234567893` is CMS's own example.

/// Returns the ten-digit NPI that starts with these nine digits.
pub fn npi_from_digits(nine_digits: u32) -> String {
    debug_assert!(nine_digits < 1_000_000_000);
    let digits = format!("{nine_digits:09}");
    let check_digit = check_digit(&digits);
    format!("{digits}{check_digit}")
}

/// Tells whether a text is ten digits, the first a 1 or a 2, with a right check digit.
pub fn is_valid_npi(npi: &str) -> bool {
    npi.len() == 10
        && npi.starts_with(['1', '2'])
        && npi.bytes().all(|byte| byte.is_ascii_digit())
        && npi.ends_with(check_digit(&npi[..9]))
}

fn check_digit(nine_digits: &str) -> char {
    /// What the digits of the prefix 80840 add to the sum.
    const PREFIX_SUM: u32 = 24;
    let sum: u32 = nine_digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, byte)| {
            let digit = u32::from(byte - b'0');
            // Every second digit is doubled, starting beside the check digit.
            if position % 2 == 1 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    let check = (10 - (PREFIX_SUM + sum) % 10) % 10;
    char::from_digit(check, 10).expect("a remainder of ten is a digit")
}

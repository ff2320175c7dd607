//! Texts of numbers that Rust has no type for.

/// Writes a decimal number exactly: `-12.50`.
pub fn decimal(n: i128, scale: i8) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let digits = n.unsigned_abs().to_string();
    let sign = if n < 0 { "-" } else { "" };
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// Writes a BIT value, `101`. The first byte tells how many bits of the
/// second one are padding.
pub fn bits(bytes: &[u8]) -> String {
    let Some((padding, bytes)) = bytes.split_first() else {
        return String::new();
    };
    bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .skip(usize::from(*padding))
        .map(|bit| char::from(b'0' + bit))
        .collect()
}

/// Writes a BIGNUM value. Three bytes of head (whose first bit is set for
/// positive numbers) stand before the big-endian digits; a negative number
/// has every bit turned round.
pub fn bignum(bytes: &[u8]) -> String {
    let Some((head, digits)) = bytes.split_at_checked(3) else {
        return String::new();
    };
    let is_negative = head[0] & 0x80 == 0;
    // Decimal digits in groups of nine, the lowest group first.
    let mut groups: Vec<u32> = vec![0];
    for byte in digits {
        let mut carry = u64::from(if is_negative { !byte } else { *byte });
        for group in &mut groups {
            let value = u64::from(*group) * 256 + carry;
            *group = (value % 1_000_000_000) as u32;
            carry = value / 1_000_000_000;
        }
        if carry > 0 {
            groups.push(carry as u32);
        }
    }
    let mut text = String::new();
    for group in groups.iter().rev() {
        if text.is_empty() {
            text = group.to_string();
        } else {
            text.push_str(&format!("{group:09}"));
        }
    }
    if is_negative && text != "0" {
        text.insert(0, '-');
    }
    text
}

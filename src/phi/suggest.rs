//! Which kind a column may hold, by its name and by the shape of its values.

use super::kind::Kind;

/// Words of a column's name that tell a kind: all of an entry must be there,
/// one after the other. The first entry that fits counts.
const NAMES: &[(&str, Kind)] = &[
    ("ssn", Kind::Ssn),
    ("social security", Kind::Ssn),
    ("mrn", Kind::Mrn),
    ("medical record", Kind::Mrn),
    ("chart number", Kind::Mrn),
    ("chart no", Kind::Mrn),
    ("mbi", Kind::HealthPlanId),
    ("hicn", Kind::HealthPlanId),
    ("hic num", Kind::HealthPlanId),
    ("medicare id", Kind::HealthPlanId),
    ("medicaid id", Kind::HealthPlanId),
    ("member id", Kind::HealthPlanId),
    ("member number", Kind::HealthPlanId),
    ("subscriber id", Kind::HealthPlanId),
    ("subscriber number", Kind::HealthPlanId),
    ("beneficiary id", Kind::HealthPlanId),
    ("bene id", Kind::HealthPlanId),
    ("desynpuf id", Kind::HealthPlanId),
    ("policy number", Kind::HealthPlanId),
    ("insurance id", Kind::HealthPlanId),
    ("e mail", Kind::Email),
    ("email", Kind::Email),
    ("fax", Kind::Fax),
    ("phone", Kind::Phone),
    ("telephone", Kind::Phone),
    ("mobile", Kind::Phone),
    ("cell", Kind::Phone),
    ("tel", Kind::Phone),
    ("ip address", Kind::Ip),
    ("ip addr", Kind::Ip),
    ("ip", Kind::Ip),
    ("url", Kind::Url),
    ("uri", Kind::Url),
    ("website", Kind::Url),
    ("vin", Kind::Vehicle),
    ("license plate", Kind::Vehicle),
    ("plate number", Kind::Vehicle),
    ("vehicle", Kind::Vehicle),
    ("device id", Kind::Device),
    ("device serial", Kind::Device),
    ("serial number", Kind::Device),
    ("udi", Kind::Device),
    ("implant", Kind::Device),
    ("drivers license", Kind::License),
    ("driver license", Kind::License),
    ("license", Kind::License),
    ("licence", Kind::License),
    ("certificate", Kind::License),
    ("passport", Kind::License),
    ("account", Kind::Account),
    ("acct", Kind::Account),
    ("iban", Kind::Account),
    ("fingerprint", Kind::Biometric),
    ("voiceprint", Kind::Biometric),
    ("retina", Kind::Biometric),
    ("biometric", Kind::Biometric),
    ("photo", Kind::Photo),
    ("photograph", Kind::Photo),
    ("image", Kind::Photo),
    ("zip", Kind::Zip),
    ("zip code", Kind::Zip),
    ("zipcode", Kind::Zip),
    ("postal code", Kind::Zip),
    ("postcode", Kind::Zip),
    ("address", Kind::Geo),
    ("addr", Kind::Geo),
    ("street", Kind::Geo),
    ("city", Kind::Geo),
    ("county", Kind::Geo),
    ("latitude", Kind::Geo),
    ("longitude", Kind::Geo),
    ("lat", Kind::Geo),
    ("lon", Kind::Geo),
    ("lng", Kind::Geo),
    ("census tract", Kind::Geo),
    ("dob", Kind::Date),
    ("dod", Kind::Date),
    ("birth", Kind::Date),
    ("birthdate", Kind::Date),
    ("death", Kind::Date),
    ("deceased", Kind::Date),
    ("admission date", Kind::Date),
    ("admit date", Kind::Date),
    ("discharge date", Kind::Date),
    ("service date", Kind::Date),
    ("visit date", Kind::Date),
    ("encounter date", Kind::Date),
    ("claim date", Kind::Date),
    ("date", Kind::Date),
    ("dt", Kind::Date),
    ("age", Kind::Age),
    ("first name", Kind::Name),
    ("last name", Kind::Name),
    ("middle name", Kind::Name),
    ("given name", Kind::Name),
    ("family name", Kind::Name),
    ("maiden name", Kind::Name),
    ("full name", Kind::Name),
    ("patient name", Kind::Name),
    ("member name", Kind::Name),
    ("person name", Kind::Name),
    ("surname", Kind::Name),
    ("firstname", Kind::Name),
    ("lastname", Kind::Name),
    ("fname", Kind::Name),
    ("lname", Kind::Name),
    ("note", Kind::FreeText),
    ("notes", Kind::FreeText),
    ("comment", Kind::FreeText),
    ("comments", Kind::FreeText),
    ("free text", Kind::FreeText),
    ("narrative", Kind::FreeText),
    ("remarks", Kind::FreeText),
    ("patient id", Kind::OtherId),
    ("person id", Kind::OtherId),
    ("patient key", Kind::OtherId),
    ("person key", Kind::OtherId),
    ("encounter id", Kind::OtherId),
    ("claim id", Kind::OtherId),
];

/// What of a name says that it is no patient's, or only about such a thing.
const NOT: &[&str] = &[
    "code", "type", "flag", "count", "npi", "provider", "facility", "hospital", "payer", "plan",
    "loaded", "updated", "created", "system", "group", "state",
];

/// Shapes of texts that tell a kind. A regular expression of the engine's.
pub const SHAPES: &[(Kind, &str)] = &[
    (Kind::Ssn, r"[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}"),
    (
        Kind::HealthPlanId,
        r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y]{2}[0-9]{2}",
    ),
    (Kind::Email, r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    (
        Kind::Phone,
        r"(\+?1[-. ]?)?\(?[2-9][0-9]{2}\)?[-. ][0-9]{3}[-. ][0-9]{4}",
    ),
    (Kind::Ip, r"([0-9]{1,3}\.){3}[0-9]{1,3}"),
    (Kind::Url, r"https?://\S+"),
    (Kind::Zip, r"[0-9]{5}-[0-9]{4}"),
    (
        Kind::Date,
        r"(19|20)[0-9]{2}-[0-1][0-9]-[0-3][0-9].*|[0-1]?[0-9]/[0-3]?[0-9]/(19|20)[0-9]{2}",
    ),
    (Kind::FreeText, r"(\S+\s+){12,}\S+.*"),
];

/// Returns the kind that a column's name tells, however it is written.
pub fn of_name(name: &str) -> Option<Kind> {
    let words = words(name);
    let is_other = words.iter().any(|word| NOT.contains(&word.as_str()));
    let has = |entry: &str| {
        let entry: Vec<&str> = entry.split(' ').collect();
        words
            .windows(entry.len())
            .any(|window| window == entry.as_slice())
    };
    let mut found = NAMES.iter().filter(|(entry, _)| has(entry));
    let longest = NAMES
        .iter()
        .filter(|(entry, _)| entry.contains(' ') && has(entry));
    let kind = longest.map(|(_, kind)| *kind).next();
    let kind = kind.or_else(|| found.next().map(|(_, kind)| *kind))?;
    // `zip_code` and `postal_code` are no codes of something else.
    let is_code_of_zip = kind == Kind::Zip && !words.iter().any(|w| w == "provider");
    (!is_other || is_code_of_zip).then_some(kind)
}

/// Splits a name into its words: `patientFirstName`, `PATIENT-FIRST_NAME`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = '_';
    let chars: Vec<char> = name.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let next_is_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let is_hump =
            c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_lower));
        if (!c.is_alphanumeric() || is_hump || c.is_ascii_digit() != before.is_ascii_digit())
            && !word.is_empty()
        {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = *c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{Kind, of_name, words};

    #[test]
    fn names_of_any_style_are_split_into_words() {
        assert_eq!(words("patientFirstName"), ["patient", "first", "name"]);
        assert_eq!(words("PATIENT_SSN"), ["patient", "ssn"]);
        assert_eq!(words("MRNNumber"), ["mrn", "number"]);
        assert_eq!(words("zip5"), ["zip", "5"]);
        assert_eq!(words("Birth Date"), ["birth", "date"]);
    }

    #[test]
    fn names_tell_kinds() {
        let check =
            |name: &str, expected: Option<Kind>| assert_eq!(of_name(name), expected, "{name}");
        check("DateOfBirth", Some(Kind::Date));
        check("BENE_BIRTH_DT", Some(Kind::Date));
        check("patient_zip_code", Some(Kind::Zip));
        check("homePhone", Some(Kind::Phone));
        check("ip_address", Some(Kind::Ip));
        check("email_address", Some(Kind::Email));
        check("MemberID", Some(Kind::HealthPlanId));
        check("vin", Some(Kind::Vehicle));
        check("provider_name", None);
        check("discharge_status_code", None);
        check("paid_amount", None);
        check("description", None);
        check("shipping", None);
    }
}

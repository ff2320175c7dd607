//! The kinds of information that identify a patient.

use crate::diagnostics::suggest;

/// What Safe Harbor asks to be taken out of health data, and free text, which
/// may hold any of it. Source: 45 CFR 164.514(b)(2)(i), (A) to (R); the words
/// are those that tables of this field have as column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    Name,
    /// A place smaller than a state that is no ZIP code.
    Geo,
    /// A ZIP code of five or nine digits, of which three may stay.
    Zip,
    /// A date about a person, of which the year may stay.
    Date,
    /// An age, which may tell that it is above 89.
    Age,
    Phone,
    Fax,
    Email,
    Ssn,
    Mrn,
    HealthPlanId,
    Account,
    License,
    Vehicle,
    Device,
    Url,
    Ip,
    Biometric,
    Photo,
    OtherId,
    FreeText,
}

/// A kind's name, its letter in the rule, and other words for it.
type Words = (Kind, &'static str, &'static str, &'static [&'static str]);

const WORDS: &[Words] = &[
    (Kind::Name, "name", "A", &["names", "patient_name"]),
    (
        Kind::Geo,
        "geo",
        "B",
        &[
            "address",
            "street",
            "city",
            "county",
            "location",
            "geography",
        ],
    ),
    (
        Kind::Zip,
        "zip",
        "B",
        &["zip5", "zip9", "zip_code", "postal_code"],
    ),
    (
        Kind::Date,
        "date",
        "C",
        &["dates", "dob", "birth_date", "dod", "death_date"],
    ),
    (Kind::Age, "age_over_89", "C", &["age", "age_89"]),
    (Kind::Phone, "phone", "D", &["telephone", "phone_number"]),
    (Kind::Fax, "fax", "E", &["fax_number"]),
    (Kind::Email, "email", "F", &["email_address", "e_mail"]),
    (Kind::Ssn, "ssn", "G", &["social_security_number"]),
    (Kind::Mrn, "mrn", "H", &["medical_record_number"]),
    (
        Kind::HealthPlanId,
        "health_plan_id",
        "I",
        &[
            "mbi",
            "hicn",
            "member_id",
            "beneficiary_id",
            "subscriber_id",
        ],
    ),
    (Kind::Account, "account", "J", &["account_number"]),
    (
        Kind::License,
        "license",
        "K",
        &["certificate", "license_number"],
    ),
    (
        Kind::Vehicle,
        "vehicle",
        "L",
        &["vin", "license_plate", "vehicle_id"],
    ),
    (
        Kind::Device,
        "device",
        "M",
        &["device_id", "serial_number", "udi"],
    ),
    (Kind::Url, "url", "N", &["web_url", "uri"]),
    (Kind::Ip, "ip", "O", &["ip_address"]),
    (
        Kind::Biometric,
        "biometric",
        "P",
        &["fingerprint", "voiceprint"],
    ),
    (Kind::Photo, "photo", "Q", &["image", "face"]),
    (
        Kind::OtherId,
        "other_id",
        "R",
        &["other", "unique_id", "id"],
    ),
    (Kind::FreeText, "free_text", "", &["text", "note", "notes"]),
];

impl Kind {
    /// All kinds, in the rule's order.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(kind, ..)| *kind)
    }

    fn words(self) -> &'static Words {
        &WORDS[self as usize]
    }

    /// Returns the kind's name in property files and reports.
    pub fn as_str(self) -> &'static str {
        self.words().1
    }

    /// Returns where the rule names it, `(B)`.
    pub fn paragraph(self) -> &'static str {
        self.words().2
    }

    /// Returns the kind of a word, however it is capitalised.
    pub fn of(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        let mut all = WORDS.iter();
        all.find(|(_, name, _, others)| *name == word || others.contains(&&*word))
            .map(|(kind, ..)| *kind)
    }

    /// Returns the name that is nearest to a word.
    pub fn nearest(word: &str) -> Option<&'static str> {
        let names = WORDS.iter().map(|(_, name, ..)| *name);
        suggest::nearest(word, names.chain(["none"]))
    }

    /// Tells whether values belong to one person, or a few, by themselves. Of
    /// the others many persons share one value.
    pub fn is_of_person(self) -> bool {
        !matches!(self, Self::Geo | Self::Zip | Self::Date | Self::Age)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, WORDS};

    #[test]
    fn every_kind_stands_at_its_own_place_and_is_found_by_its_words() {
        for (i, (kind, name, _, others)) in WORDS.iter().enumerate() {
            assert_eq!(*kind as usize, i);
            assert_eq!(Kind::of(&name.to_uppercase()), Some(*kind));
            for other in *others {
                assert_eq!(Kind::of(other), Some(*kind), "{other}");
            }
        }
        assert_eq!(Kind::of("ssm"), None);
        assert_eq!(Kind::nearest("ssm"), Some("ssn"));
    }

    #[test]
    fn the_rule_has_eighteen_paragraphs() {
        let mut letters: Vec<&str> = Kind::all().map(Kind::paragraph).collect();
        letters.retain(|letter| !letter.is_empty());
        letters.dedup();
        let expected: Vec<String> = ('A'..='R').map(String::from).collect();
        assert_eq!(letters, expected);
    }
}

//! Our rules of validation. A rule has the same number in every data type; its id names the type: rule `001` is
//! `commerce-payment-001` of payments.
//!
//! Errors fail a dataset, because something that Stripe has is missing from its records. Warnings tell of what is
//! shown in a poorer form than one would like.

use tributary_core::DataType;
use tributary_db::findings::{Finding, Note, Noted};

/// Error: an object can't be mapped. It is stored as it is.
pub(crate) const UNMAPPED: &str = "001";
/// Error where the list is needed, warning where it only adds to records: a list can't be read.
pub(crate) const UNREADABLE: &str = "002";
/// Warning: Stripe uses a word that has no counterpart in the contract, which shows `Unknown`.
pub(crate) const UNKNOWN_WORD: &str = "003";
/// Warning: ISO 4217 has no such currency; its amounts are taken to have two decimals.
pub(crate) const UNKNOWN_CURRENCY: &str = "004";
/// Warning: a transaction's fee details don't explain its fee.
pub(crate) const UNEXPLAINED_FEE: &str = "005";
/// More was found than is listed.
const UNLISTED: &str = "000";

/// A finding of a data type.
pub(crate) fn finding(data_type: DataType, rule: &str, item_id: &str, message: &str) -> Finding {
    let noun = noun(data_type);
    let mut letters = noun.chars();
    let capital: String =
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    Finding {
        rule_id: format!("commerce-{noun}-{rule}"),
        item_id: item_id.to_owned(),
        message: message.to_owned(),
        validator_name: format!("{capital}Validator"),
    }
}

/// The notes of one window as findings of a data type that it feeds, with a last one for what isn't listed.
pub(crate) fn findings(data_type: DataType, noted: &Noted) -> Vec<Finding> {
    let of = |note: &Note| finding(data_type, &note.rule, &note.item_id, &note.message);
    let mut findings: Vec<Finding> = noted.listed.iter().map(of).collect();
    let unlisted = noted.total - noted.listed.len() as u64;
    if unlisted > 0 {
        findings.push(finding(
            data_type,
            UNLISTED,
            "",
            &format!("{unlisted} more were found and aren't listed"),
        ));
    }
    findings
}

/// What one record of a data type is called: the key's noun in the singular.
fn noun(data_type: DataType) -> String {
    let key = data_type.as_str();
    let plural = key.strip_prefix("commerce-").unwrap_or(key);
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rules_id_and_validator_name_the_data_type_in_the_singular() {
        let of = |data_type| finding(data_type, UNMAPPED, "x", "odd");
        assert_eq!(of(DataType::Payments).rule_id, "commerce-payment-001");
        assert_eq!(of(DataType::Payments).validator_name, "PaymentValidator");
        assert_eq!(of(DataType::CompanyInfo).rule_id, "commerce-companyInfo-001");
        for data_type in DataType::ALL {
            assert!(!of(data_type).rule_id.contains("s-"), "{}", of(data_type).rule_id);
        }
    }

    #[test]
    fn what_is_not_listed_is_counted_by_a_last_finding() {
        let mut noted = Noted::default();
        for number in 0..103 {
            let item_id = format!("ch_{number}");
            noted.add(Note { rule: UNMAPPED.to_owned(), item_id, message: "odd".to_owned() });
        }
        let findings = findings(DataType::Payments, &noted);
        assert_eq!(findings.len(), 101);
        assert_eq!(findings[100].message, "3 more were found and aren't listed");
    }
}

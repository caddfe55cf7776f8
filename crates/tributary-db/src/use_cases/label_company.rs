//! Labels of the contract's products on companies.

use crate::companies;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::messages::{Event, Product, emit};
use tributary_contract::products;
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::{Millis, PublicUrls};

/// Labels of one company at most.
pub const PRODUCTS_MAX: usize = 50;

/// Why a company can't be labelled. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelRefused {
    /// The platform has no such company.
    #[error("No company was found with ID {0}")]
    UnknownCompany(CompanyId),
    /// It has as many labels as it may.
    #[error("a company has at most {PRODUCTS_MAX} products")]
    TooMany,
}

/// Whether a label is put on or taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Put on.
    On,
    /// Taken off.
    Off,
}

/// Puts a product's label on a company or takes it off. A label that is already as asked stays, and nobody is told.
pub fn label_company(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    id: CompanyId,
    (product, label): (&str, Label),
    now: Millis,
) -> Result<Result<(), LabelRefused>, DbError> {
    let found = match companies::lock(conn, platform_no, id)? {
        true => companies::find(conn, platform_no, id)?,
        false => None,
    };
    let Some(mut all) = found.map(|company| company.products) else {
        return Ok(Err(LabelRefused::UnknownCompany(id)));
    };
    let had = all.iter().position(|known| known == product);
    match (label, had) {
        (Label::On, Some(_)) | (Label::Off, None) => return Ok(Ok(())),
        (Label::On, None) if all.len() >= PRODUCTS_MAX => return Ok(Err(LabelRefused::TooMany)),
        (Label::On, None) => all.push(product.to_owned()),
        (Label::Off, Some(at)) => drop(all.remove(at)),
    }
    companies::set_products(conn, platform_no, id, &all)?;
    let name = products::display_name(product);
    let change = Product { company: id, id: product, name: &name, all: &all };
    let event = match label {
        Label::On => Event::ProductAdded(change),
        Label::Off => Event::ProductRemoved(change),
    };
    emit(conn, urls, event, now)?;
    Ok(Ok(()))
}

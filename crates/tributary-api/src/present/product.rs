use super::filled;
use tributary_contract::commerce::{self, Inventory, Price};
use tributary_contract::{Decimal, EmptyList};
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::records::Stamped;
use tributary_db::records::products::Product;
use tributary_db::records::variants::Variant;

/// A product with its variants, newest first.
pub(crate) fn product(
    (product, modified_ms): Stamped<Product>,
    variants: Vec<Variant>,
) -> Result<commerce::Product, DbError> {
    let variants = variants.into_iter().map(|row| variant(&product, row)).collect::<Result<_, _>>()?;
    Ok(commerce::Product {
        id: product.id,
        name: filled(Some(product.name)),
        description: filled(product.description),
        is_gift_card: false,
        product_category_refs: EmptyList,
        variants,
        status: product.status,
        created_date: Millis(product.created_ms),
        modified_date: Millis(modified_ms),
        source_modified_date: product.source_modified_ms.map(Millis),
        supplemental_data: None,
    })
}

/// A price. One without a name of its own is called after its product.
fn variant(product: &Product, variant: Variant) -> Result<commerce::Variant, DbError> {
    let standard = || format!("{} - Standard Price", product.name);
    let prices = variant.unit_price.map(|text| price(&text, variant.currency)).transpose()?;
    Ok(commerce::Variant {
        id: variant.id,
        name: Some(filled(variant.nickname).unwrap_or_else(standard)),
        quantity: 0,
        is_tax_enabled: false,
        vat_percentage: 0,
        unit_of_measure: filled(product.unit_label.clone()),
        prices: prices.into_iter().collect(),
        inventory: Inventory::default(),
        shipping_required: product.shippable,
        status: variant.status,
        created_date: Millis(variant.created_ms),
    })
}

fn price(text: &str, currency: tributary_core::Currency) -> Result<Price, DbError> {
    let unit_price: Decimal =
        text.parse().map_err(|error| DbError::Broken(format!("the price of a variant: {error}")))?;
    Ok(Price { currency, unit_price })
}

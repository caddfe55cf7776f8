use super::*;
use tributary_core::commerce::ProductStatus;
use tributary_db::records::products::Product;
use tributary_db::records::variants::Variant;

fn product(json: &str) -> Product {
    rows!(Product, Products, json)
}

fn variant(json: &str) -> Variant {
    rows!(Variant, Prices, json)
}

#[test]
fn an_active_product_is_published() {
    let expected = Product {
        id: "prod_Lamp01".to_owned(),
        name: "Reading lamp".to_owned(),
        description: Some("A lamp for reading".to_owned()),
        status: ProductStatus::Published,
        shippable: Some(true),
        unit_label: Some("lamp".to_owned()),
        source_modified_ms: Some(CREATED_MS + 3_600_000),
        created_ms: CREATED_MS,
    };
    assert_eq!(product(fixture!("product")), expected);
}

#[test]
fn an_archived_product_is_unpublished_under_the_id_that_the_merchant_chose() {
    let product = product(fixture!("product_archived"));
    assert_eq!((product.id.as_str(), product.status), ("9780000000019", ProductStatus::Unpublished));
    assert_eq!((product.description, product.shippable, product.unit_label), (None, None, None));
}

#[test]
fn a_deleted_product_has_no_row() {
    assert_eq!(map(Resource::Products, "prod_Gone01", fixture!("product_deleted")), Ok(Mapped::Nothing));
}

#[test]
fn a_price_is_a_variant_of_its_product() {
    let expected = Variant {
        id: "price_Lamp01".to_owned(),
        product_id: "prod_Lamp01".to_owned(),
        nickname: Some("Standard".to_owned()),
        status: ProductStatus::Published,
        currency: "usd".parse().unwrap(),
        unit_price: Some("49.99".to_owned()),
        created_ms: CREATED_MS,
    };
    assert_eq!(variant(fixture!("price")), expected);
}

#[test]
fn an_archived_price_is_unpublished() {
    let variant = variant(fixture!("price_archived"));
    assert_eq!((variant.status, variant.nickname), (ProductStatus::Unpublished, None));
}

#[test]
fn tiers_have_no_one_price() {
    assert_eq!(variant(fixture!("price_tiered")).unit_price, None);
}

#[test]
fn an_amount_that_the_customer_chooses_is_no_price() {
    assert_eq!(variant(fixture!("price_of_choice")).unit_price, None);
}

#[test]
fn a_fraction_of_a_cent_is_kept_exactly() {
    assert_eq!(variant(fixture!("price_of_fractions")).unit_price.as_deref(), Some("0.00375"));
}

#[test]
fn a_fraction_of_a_yen_keeps_all_twelve_places() {
    assert_eq!(variant(fixture!("price_of_fractions_in_yen")).unit_price.as_deref(), Some("12.500000000001"));
}

#[test]
fn a_price_in_dinars_has_thousandths() {
    assert_eq!(variant(fixture!("price_dinar")).unit_price.as_deref(), Some("1.25"));
}

#[test]
fn an_expanded_product_counts_as_its_id() {
    assert_eq!(variant(fixture!("price_with_expanded_product")).product_id, "prod_Lamp01");
}

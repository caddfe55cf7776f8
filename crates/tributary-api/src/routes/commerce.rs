//! Commerce records of one connection.

use super::entry::{Entry, get};
use super::tag::Tag;
use crate::commerce::{
    customers, disputes, info, locations, orders, payment_methods, payments, product_categories, products,
    tax_components, transactions,
};
use tributary_contract::commerce::{
    CompanyInfo, Customer, Dispute, Location, Order, Payment, PaymentMethod, Product, ProductCategory,
    TaxComponent, Transaction,
};
use utoipa::ToSchema;

/// The path of a connection's records of one type, or of one record.
macro_rules! data {
    ($rest:literal) => {
        concat!("/companies/{companyId}/connections/{connectionId}/data/", $rest)
    };
}

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get(data!("commerce-info"), info::get)
            .operation(Tag::CompanyInfo, "get-company-info", "Get company info")
            .says("Gives the merchant as Stripe knows it, and what it has at Stripe in each currency.")
            .record::<CompanyInfo>(),
        get(data!("commerce-customers"), customers::list)
            .operation(Tag::Customers, "list-customers", "List customers")
            .says("Lists who bought from the merchant, the newest first.")
            .records::<Customer>(),
        get(data!("commerce-customers/{customerId}"), customers::get)
            .operation(Tag::Customers, "get-customer", "Get customer")
            .says("Gives one customer.")
            .record::<Customer>(),
        get(data!("commerce-disputes"), disputes::list)
            .operation(Tag::Disputes, "list-disputes", "List disputes")
            .says("Lists payments that customers contest at their banks, the newest first.")
            .records::<Dispute>(),
        get(data!("commerce-disputes/{disputeId}"), disputes::get)
            .operation(Tag::Disputes, "get-dispute", "Get dispute")
            .says("Gives one dispute.")
            .record::<Dispute>(),
        get(data!("commerce-locations"), locations::list)
            .operation(Tag::Locations, "list-locations", "List locations")
            .says("Lists places of business with card terminals, by their ids.")
            .records::<Location>(),
        get(data!("commerce-locations/{locationId}"), locations::get)
            .operation(Tag::Locations, "get-location", "Get location")
            .says("Gives one place of business.")
            .record::<Location>(),
        get(data!("commerce-orders"), orders::list)
            .operation(Tag::Orders, "list-orders", "List orders")
            .says(
                "Lists invoices past draft, and completed checkout sessions that made no invoice, the newest first. \
                 An order shows the payments it was paid with: never add orders and payments.",
            )
            .records::<Order>(),
        get(data!("commerce-orders/{orderId}"), orders::get)
            .operation(Tag::Orders, "get-order", "Get order")
            .says("Gives one order with its lines and payments.")
            .record::<Order>(),
        get(data!("commerce-paymentMethods"), payment_methods::list)
            .operation(Tag::PaymentMethods, "list-payment-methods", "List payment methods")
            .says("Lists what customers paid with, by their ids.")
            .records::<PaymentMethod>(),
        get(data!("commerce-paymentMethods/{paymentMethodId}"), payment_methods::get)
            .operation(Tag::PaymentMethods, "get-payment-method", "Get payment method")
            .says("Gives one payment method.")
            .record::<PaymentMethod>(),
        get(data!("commerce-payments"), payments::list)
            .operation(Tag::Payments, "list-payments", "List payments")
            .says("Lists charges, and refunds as payments of a negative amount, the newest first.")
            .records::<Payment>(),
        get(data!("commerce-payments/{paymentId}"), payments::get)
            .operation(Tag::Payments, "get-payment", "Get payment")
            .says("Gives one charge or refund.")
            .record::<Payment>(),
        get(data!("commerce-productCategories"), product_categories::list)
            .operation(Tag::ProductCategories, "list-product-categories", "List product categories")
            .says("Lists nothing: Stripe has no categories of products.")
            .records::<ProductCategory>(),
        get(data!("commerce-productCategories/{productId}"), product_categories::get)
            .operation(Tag::ProductCategories, "get-product-category", "Get product category")
            .says("Gives no category: Stripe has none.")
            .record::<ProductCategory>(),
        get(data!("commerce-products"), products::list)
            .operation(Tag::Products, "list-products", "List products")
            .says("Lists what the merchant sells, the newest first, with a variant per price.")
            .records::<Product>(),
        get(data!("commerce-products/{productId}"), products::get)
            .operation(Tag::Products, "get-product", "Get product")
            .says("Gives one product with its variants.")
            .record::<Product>(),
        get(data!("commerce-taxComponents"), tax_components::list)
            .operation(Tag::TaxComponents, "list-tax-components", "List tax components")
            .says("Lists tax rates, by their ids.")
            .records::<TaxComponent>(),
        get(data!("commerce-taxComponents/{taxId}"), tax_components::get)
            .operation(Tag::TaxComponents, "get-tax-component", "Get tax component")
            .says("Gives one tax rate.")
            .record::<TaxComponent>(),
        get(data!("commerce-transactions"), transactions::list)
            .operation(Tag::Transactions, "list-transactions", "List transactions")
            .says(
                "Lists the movements of the merchant's balance at Stripe, the newest first. Each fee is a movement \
                 of its own.",
            )
            .records::<Transaction>(),
        get(data!("commerce-transactions/{transactionId}"), transactions::get)
            .operation(Tag::Transactions, "get-transaction", "Get transaction")
            .says("Gives one movement of the balance.")
            .record::<Transaction>(),
    ]
}

impl Entry {
    /// Success is a page of records. Before the first pull of their type completed, they are refused.
    fn records<T: ToSchema>(self) -> Self {
        self.lists::<T>().streams().errors(&[409])
    }

    /// Success is one record; refused as [`Entry::records`].
    fn record<T: ToSchema>(self) -> Self {
        self.answers::<T>(200).errors(&[409])
    }
}

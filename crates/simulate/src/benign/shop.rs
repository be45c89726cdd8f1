//! Shops: products with numbers, categories with filters, carts.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_slug, push_token};
use crate::words::WORDS;

/// Appends the address of one product, category or cart.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin_at(
        out,
        if site.constants().chance(0.2) {
            "shop."
        } else {
            "www."
        },
    );
    match random.below(10) {
        0..=5 => product(site, scene, random, out),
        6..=8 => category(scene, random, out),
        _ => {
            out.push_str(pick(
                random,
                &[
                    "/cart",
                    "/checkout/shipping",
                    "/checkout/payment",
                    "/account/orders/",
                ],
            ));
            if random.chance(0.4) {
                out.push_str("?order=");
                push_token(out, random, Alphabet::Digits, 9);
            }
        }
    }
}

fn product(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    let mut constants = site.constants();
    out.push_str(pick(
        &mut constants,
        &[
            "/product/",
            "/p/",
            "/item/",
            "/shop/",
            "/products/",
            "/dp/",
            "/",
        ],
    ));
    let words = 2 + random.below(4);
    push_slug(out, random, words, '-', scene.season);
    if site.fashion == Fashion::Modern {
        out.push_str("--");
        push_token(out, random, Alphabet::Base32, 26);
    } else if constants.chance(0.6) {
        out.push('-');
        push_number(out, 1_000 + random.below(900_000));
    }
    if random.chance(0.3) {
        out.push_str("?variant=");
        push_token(out, random, Alphabet::Digits, 11);
    } else if random.chance(0.2) {
        out.push_str("?sku=");
        push_token(out, random, Alphabet::UpperHex, 8);
        out.push_str("&color=");
        out.push_str(pick(
            random,
            &["red", "blue", "black", "white", "olive", "sand"],
        ));
    }
}

fn category(scene: &Scene, random: &mut Random, out: &mut String) {
    out.push_str(pick(
        random,
        &["/c/", "/category/", "/collections/", "/department/"],
    ));
    push_slug(out, random, 1, '-', scene.season);
    out.push('/');
    out.push_str(pick(random, WORDS));
    if random.chance(0.6) {
        out.push_str("?page=");
        push_number(out, 1 + random.below(30));
        out.push_str(pick(
            random,
            &[
                "",
                "&sort=price",
                "&sort=newest",
                "&size=m",
                "&min=10&max=50",
                "&filter=brand",
            ],
        ));
    }
}

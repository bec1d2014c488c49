//! Frozen vectors of the content hash. Stored rows hold these numbers: where one of them has to change, the algorithm is
//! another one and gets another number.

use wattledger_record::hash::{self, ALGORITHM, Array, ContentHash, Object};

fn check(name: &str, found: ContentHash, frozen: u128) {
    assert_eq!(found.0, frozen, "{name}: {:#034x}", found.0);
}

fn object(members: &[(&str, ContentHash)]) -> ContentHash {
    let mut object = Object::default();
    members.iter().for_each(|(name, value)| object.member(name.as_bytes(), *value));
    object.finish()
}

fn array(elements: &[ContentHash]) -> ContentHash {
    let mut array = Array::default();
    elements.iter().for_each(|element| array.push(*element));
    array.finish()
}

#[test]
fn vectors() {
    assert_eq!(ALGORITHM, 1);
    let (one, two) = (hash::number(b"1"), hash::number(b"2"));
    check("null", hash::null(), 0xd926_5cc5_3bb2_b9ae_6131_b78f_7538_23cd);
    check("false", hash::boolean(false), 0xb3d4_eb9e_bd5c_8733_1cdd_f8f8_4753_04c7);
    check("true", hash::boolean(true), 0xbe39_ca39_5b40_6c4c_64ba_3be0_638d_7735);
    check("empty string", hash::string(b""), 0x499e_6a3d_71ee_e307_d8a9_0698_7dfb_34e2);
    check("string", hash::string("Größe".as_bytes()), 0x88cf_8ac0_9980_eda9_6f35_2bbd_dfb1_2349);
    check("0", hash::number(b"0"), 0xea4d_c78b_2c6f_4269_d343_3e05_49a4_2266);
    check("1", one, 0x8a28_2f67_7311_df56_60ce_2007_ebd1_4c62);
    check("-2.5", hash::number(b"-2.5"), 0x7f13_c984_c21c_affa_5aa7_fad8_f4d7_eaab);
    check("1e300", hash::number(b"1e300"), 0x1a0a_c3a7_bac9_df49_18aa_af99_6dda_136d);
    check("100 digits", hash::number("7".repeat(100).as_bytes()), 0x178d_9e7b_a9d2_f481_9df7_e641_aa22_5a1d);
    check("[]", array(&[]), 0x7a66_0e06_7132_5e50_5ff0_016d_ee88_d417);
    check("[1, 2]", array(&[one, two]), 0x2c12_6826_bc67_6c74_d85f_1b9c_1ab5_fe93);
    check("{}", object(&[]), 0xbde6_001a_c08f_42cc_ea2d_d2e2_fadc_7095);
    check("{a: 1, b: 2}", object(&[("a", one), ("b", two)]), 0xd8e2_2001_2504_de98_d4bf_dfb2_be84_bb32);
    check(
        "{a: [1, {}]}",
        object(&[("a", array(&[one, object(&[])]))]),
        0x9b0b_b9bb_72cd_370b_6a45_9579_59a3_d97a,
    );
    check("not json", hash::not_json(b"\xff"), 0x3e57_ca54_e012_df50_ac4d_8134_9f2a_f0da);
    check("empty bytes", hash::not_json(b""), 0x57ef_5b90_98e6_f245_4be3_b2f6_4c89_7e92);
}

#[test]
fn a_copy_tiebreak_is_frozen_too() {
    assert_eq!(
        hash::copy_tiebreak(b"{}", false),
        0x1349_cde1_2770_5c16,
        "{:#018x}",
        hash::copy_tiebreak(b"{}", false)
    );
    assert_eq!(
        hash::copy_tiebreak(b"{}", true),
        0x37ef_2ddb_6c95_0ef3,
        "{:#018x}",
        hash::copy_tiebreak(b"{}", true)
    );
}

#[test]
fn spellings_of_one_number_are_one() {
    let groups: [&[&str]; 7] = [
        &["0", "-0", "0.0", "0e5", "-0.000E-9"],
        &["1", "1.0", "10e-1", "0.1E1", "1e0", "1E+0", "100e-2"],
        &["-1", "-1.0"],
        &["10", "1e1", "1.0e1", "100e-1"],
        &["0.1", "1e-1", "0.10", "0.01e1"],
        &["1234567890123456789012345", "1234567890123456789012345.0", "123456789012345678901234.5e1"],
        &["1e-400", "0.1e-399"],
    ];
    let mut seen = Vec::new();
    for group in groups {
        let hashes: Vec<_> = group.iter().map(|text| hash::number(text.as_bytes())).collect();
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{group:?}");
        assert!(!seen.contains(&hashes[0]), "{group:?}");
        seen.push(hashes[0]);
    }
    // beyond the digits that are hashed in place
    let long = format!("{}.50", "7".repeat(200));
    assert_eq!(hash::number(long.as_bytes()), hash::number(long.trim_end_matches('0').as_bytes()));
    assert_ne!(hash::number(long.as_bytes()), hash::number("7".repeat(200).as_bytes()));
}

#[test]
fn kinds_and_shapes_never_meet() {
    let one = hash::number(b"1");
    let all = [
        hash::null(),
        hash::boolean(false),
        hash::number(b"0"),
        hash::string(b""),
        hash::string(b"1"),
        one,
        array(&[]),
        array(&[one]),
        array(&[array(&[one])]),
        object(&[]),
        object(&[("1", one)]),
        object(&[("", one)]),
        object(&[("1", one), ("1", one)]),
        hash::not_json(b""),
        hash::not_json(b"1"),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(all.iter().skip(i + 1).all(|b| a != b), "{i}");
    }
}

#[test]
fn order_matters_in_arrays_only() {
    let (one, two) = (hash::number(b"1"), hash::number(b"2"));
    assert_eq!(object(&[("a", one), ("b", two)]), object(&[("b", two), ("a", one)]));
    assert_ne!(object(&[("a", one), ("b", two)]), object(&[("a", two), ("b", one)]));
    assert_ne!(array(&[one, two]), array(&[two, one]));
}

//! Every target takes every seed of its own.

use std::fs;
use std::path::Path;

#[test]
fn seeds_break_no_rule() {
    for (target, run) in [
        ("deflate", crate::deflate::run as fn(&[u8])),
        ("frames", crate::frames::run),
        ("headers", crate::headers::run),
        ("messages", crate::messages::run),
        ("operations", crate::operations::run),
        ("parts", crate::parts::run),
        ("requests", crate::requests::run),
        ("responses", crate::responses::run),
        ("socks", crate::socks::run),
        ("urls", crate::urls::run),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        let mut seeds = 0;
        for seed in fs::read_dir(&folder).expect("a folder of seeds") {
            let path = seed.expect("a seed").path();
            println!("{}", path.display());
            run(&fs::read(&path).expect("bytes"));
            seeds += 1;
        }
        assert!(seeds > 0, "{target} has no seeds");
    }
}

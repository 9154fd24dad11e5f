//! Authorities that make what nobody should take.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use test_support::certificates::Certificates;

pub(super) fn good() -> Certificates {
    Certificates::new("localhost", |_| {})
}

pub(super) fn expired() -> Certificates {
    Certificates::new("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    })
}

pub(super) fn not_yet() -> Certificates {
    Certificates::new("localhost", |params| {
        params.not_before = date_time_ymd(3000, 1, 1);
        params.not_after = date_time_ymd(3001, 1, 1);
    })
}

pub(super) fn authority() -> Certificates {
    Certificates::new("localhost", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    })
}

pub(super) fn with_purpose(purpose: rcgen::ExtendedKeyUsagePurpose) -> Certificates {
    Certificates::new("localhost", |params| params.extended_key_usages = vec![purpose])
}

/// A certificate with an extension that nobody knows, and that must be known.
#[cfg(feature = "rustls")]
pub(super) fn with_extension() -> Certificates {
    Certificates::new("localhost", |params| {
        let mut unknown = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        unknown.set_criticality(true);
        params.custom_extensions.push(unknown);
    })
}

/// A certificate, and another root of the same name as the one that has signed it.
pub(super) fn namesake() -> (Certificates, String) {
    let root = |key: &KeyPair| {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.distinguished_name.push(DnType::CommonName, "a name that two roots have");
        let pem = root.self_signed(key).unwrap().pem();
        (root, pem)
    };
    let [signer, other] = [(); 2].map(|()| KeyPair::generate().unwrap());
    let ((params, own), (_, namesake)) = (root(&signer), root(&other));
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let chain = certificate.signed_by(&key, &Issuer::new(params, signer)).unwrap();
    (Certificates { root: own, chain: chain.pem(), key: key.serialize_pem() }, namesake)
}

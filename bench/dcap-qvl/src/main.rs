// SPDX-License-Identifier: BSD-2-Clause

//! dcap-qvl judges a quote as often as it is told: QUOTE COLLATERAL.json TIME COUNT. Anything but UpToDate fails.
use dcap_qvl::{verify::ring::verify, QuoteCollateralV3};
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, quote, collateral, time, count] = arguments.as_slice() else {
        return Err("usage: tally-bench-dcap-qvl QUOTE COLLATERAL.json TIME COUNT".into());
    };
    let quote = fs::read(quote)?;
    let collateral: QuoteCollateralV3 = serde_json::from_slice(&fs::read(collateral)?)?;
    let time = time.parse()?;
    for _ in 0..count.parse::<u64>()? {
        let report = verify(&quote, &collateral, time).map_err(|error| format!("{error:?}"))?;
        if report.status != "UpToDate" {
            return Err(report.status.into());
        }
    }
    Ok(())
}

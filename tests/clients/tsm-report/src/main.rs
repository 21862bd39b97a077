// SPDX-License-Identifier: BSD-2-Clause

//! Ask for a report with tsm-report, unmodified: the nonce is its own, and must be in the report.

fn main() {
    let report = match tsm_report::ReportRequest::new().fetch() {
        Ok(report) => report,
        Err(error) => {
            eprintln!("tsm-report: {error}");
            std::process::exit(1);
        }
    };
    if let Some(warning) = report.cleanup_warning {
        eprintln!("tsm-report: {warning}");
        std::process::exit(1);
    }
    if !report.outblob.windows(report.inblob.len()).any(|part| part == report.inblob) {
        eprintln!("tsm-report: the report has another nonce");
        std::process::exit(1);
    }
}

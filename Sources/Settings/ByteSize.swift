/// Sizes as operators write them: `20MB` (decimal), `512KiB` (binary), `4096` (bytes).
enum ByteSize {
    /// The longer names first, because `B` ends all of them.
    private static let units: [(name: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ]

    /// Bytes, or `nil` when `text` is no size or does not fit. Case and a space before the unit do not matter.
    static func parse(_ text: String) -> Int? {
        let lower = text.lowercased()
        let unit = units.first { lower.hasSuffix($0.name.lowercased()) }
        let digits = lower.dropLast(unit?.name.count ?? 0).trimmingSuffix { $0 == " " }
        guard let count = WholeNumber.parse(String(digits)), count >= 0 else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit?.bytes ?? 1)
        return overflow ? nil : bytes
    }

    /// The shortest exact form, e.g. `20MB`.
    static func text(_ bytes: Int) -> String {
        let unit = units.filter { bytes != 0 && bytes % $0.bytes == 0 }.max { $0.bytes < $1.bytes }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)B"
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}

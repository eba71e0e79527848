import Foundation

/// A moment in UTC with a resolution of one millisecond, written as RFC 3339: `2026-11-25T10:51:42.123Z`.
public struct Timestamp: Hashable, Sendable, Comparable, Codable, LosslessStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The present moment.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Reads RFC 3339 with any offset and any number of fraction digits; `nil` for anything else, and for years
    /// outside 1970–9998, which cameras send when their clock is unset.
    public init?(_ description: String) {
        guard let value = RFC3339.milliseconds(Array(description.utf8)) else { return nil }
        self.milliseconds = value
    }

    public var description: String { RFC3339.text(milliseconds) }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// RFC 3339 text to milliseconds and back, by the proleptic Gregorian calendar.
private enum RFC3339 {
    static func milliseconds(_ text: [UInt8]) -> Int64? {
        guard text.count >= 20, text.count <= 40, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
            let hour = number(text, 11, 2), let minute = number(text, 14, 2), let second = number(text, 17, 2),
            (1970...9998).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.lastDay(year: year, month: month),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var position = 19
        var fraction: Int64 = 0
        if text[position] == UInt8(ascii: ".") {
            position += 1
            let start = position
            while position < text.count, let digit = number(text, position, 1) {
                if position - start < 3 { fraction = fraction * 10 + Int64(digit) }
                position += 1
            }
            guard position > start else { return nil }
            for _ in min(position - start, 3)..<3 { fraction *= 10 }
        }
        guard let offset = offsetMinutes(text, position) else { return nil }
        let days = Int64(CivilDate(year: year, month: month, day: day).days)
        let minutes = (days * 24 + Int64(hour)) * 60 + Int64(minute) - offset
        let value = (minutes * 60 + Int64(second)) * 1000 + fraction
        return value >= 0 ? value : nil
    }

    static func text(_ milliseconds: Int64) -> String {
        let days = Int64((Double(milliseconds) / 86_400_000).rounded(.down))
        let rest = Int(milliseconds - days * 86_400_000)
        let date = CivilDate(days: Int(days))
        var text = [UInt8]()
        text.reserveCapacity(24)
        append(date.year, 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(date.month, 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(date.day, 2, to: &text)
        text.append(UInt8(ascii: "T"))
        append(rest / 3_600_000, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(rest / 60_000 % 60, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(rest / 1000 % 60, 2, to: &text)
        text.append(UInt8(ascii: "."))
        append(rest % 1000, 3, to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    private static func number(_ text: [UInt8], _ start: Int, _ count: Int) -> Int? {
        guard start + count <= text.count else { return nil }
        var value = 0
        for index in start..<start + count {
            guard text[index] >= 48, text[index] <= 57 else { return nil }
            value = value * 10 + Int(text[index] - 48)
        }
        return value
    }

    private static func append(_ value: Int, _ digits: Int, to text: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(48 + value / divisor % 10))
            divisor /= 10
        }
    }

    private static func offsetMinutes(_ text: [UInt8], _ position: Int) -> Int64? {
        guard position < text.count else { return nil }
        let sign = text[position]
        if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") { return position + 1 == text.count ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), position + 6 == text.count,
            text[position + 3] == UInt8(ascii: ":"), let hours = number(text, position + 1, 2),
            let minutes = number(text, position + 4, 2), hours < 24, minutes < 60
        else { return nil }
        let value = Int64(hours * 60 + minutes)
        return sign == UInt8(ascii: "-") ? -value : value
    }
}

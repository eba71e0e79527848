import AIBoxAPI
import Foundation

/// The time zone of a place, by its name in the IANA's zone data or by its offset.
public struct SiteZone: Sendable, Hashable {
    /// Time between two shifts, with one offset. Milliseconds, since 1970 and ahead of UTC.
    struct Stretch: Sendable, Equatable {
        var start: Int64
        var end: Int64
        let offset: Int64
    }

    public static let utc = SiteZone(name: "UTC", zone: .gmt)

    /// As it was given.
    public let name: String
    let zone: TimeZone

    private init(name: String, zone: TimeZone) { (self.name, self.zone) = (name, zone) }

    /// - Parameter name: such as `Europe/Berlin` or `+07:00`.
    /// - Throws: 422 for a zone that is none.
    public init(_ name: String) throws(Problem) {
        guard let zone = Self.offset(name).flatMap(TimeZone.init(secondsFromGMT:)) ?? Self.zone(name) else {
            throw .invalid("time_zone", "must be one of the IANA's names, such as Europe/Berlin, or like +07:00")
        }
        self.init(name: name, zone: zone)
    }

    /// The names of three letters that the IANA has. Foundation's zone data has others, from the time of Java 1.1: `BST`
    /// is Dhaka there.
    private static let shortNames: Set = [
        "CET", "EET", "EST", "GMT", "HST", "MET", "MST", "PRC", "ROC", "ROK", "UCT", "UTC", "WET",
    ]

    private static func zone(_ name: String) -> TimeZone? {
        if name == utc.name { return utc.zone }
        guard name.utf8.count != 3 || shortNames.contains(name), let zone = TimeZone(identifier: name) else {
            return nil
        }
        // `UTC+7` is understood too, and becomes `GMT+0700`; its sign is the reverse of that of `Etc/GMT+7`.
        return zone.identifier == name ? zone : nil
    }

    /// Seconds of `+07:00`: up to 14 hours in quarters of an hour, as clocks anywhere are.
    private static func offset(_ name: String) -> Int? {
        guard let match = name.wholeMatch(of: /([+\-])(0\d|1[0-4]):(00|15|30|45)/), let hours = Int(match.2),
            let minutes = Int(match.3)
        else { return nil }
        let offset = (hours * 60 + minutes) * 60
        return match.1 == "-" ? -offset : offset
    }

    /// The stretches between two moments, in order; neighbours differ in offset.
    func stretches(from start: Int64, to end: Int64) -> [Stretch] {
        var stretches: [Stretch] = []
        var position = start
        while position < end {
            let second = Int((Double(position) / 1000).rounded(.down))
            let next = zone.shift(after: second).map { Int64($0.moment) * 1000 } ?? end
            let offset = Int64(zone.offset(at: second)) * 1000
            if let last = stretches.last, last.offset == offset {
                stretches[stretches.count - 1].end = min(next, end)
            } else {
                stretches.append(Stretch(start: position, end: min(next, end), offset: offset))
            }
            position = next
        }
        return stretches
    }
}

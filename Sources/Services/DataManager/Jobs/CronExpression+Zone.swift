import AIBoxAPI
import Foundation

extension CronExpression {
    /// Clock shifts on the way to a match: two a year at most, and some that governments decide on.
    private static let shiftLimit = 200

    /// The first moment behind `time` that matches where `zone` is the time; `nil`: there is none in 41 years.
    ///
    /// Between two shifts local time and UTC go side by side, so each such stretch is looked at as a whole.
    func next(after time: Timestamp, in zone: TimeZone) -> Timestamp? {
        // Seconds since 1970, as all numbers below. A shift may come in the very second behind `time`: what is between
        // the two is the stretch before it.
        var start = Int(time.milliseconds / 1000)
        var first = start + 1
        for _ in 0..<Self.shiftLimit {
            let (offset, shift) = (zone.offset(at: start), zone.shift(after: start))
            guard let match = firstMatch(from: minute(at: first + offset)) else { return nil }
            let candidate = match * 60 - offset
            if let shift, candidate >= shift.moment {
                if !followsClock, match * 60 < shift.moment + shift.offset { return Timestamp(seconds: shift.moment) }
                (start, first) = (shift.moment, shift.moment)
            } else if !followsClock, let end = zone.endOfRepetition(at: candidate) {
                (start, first) = (end, end)
            } else {
                return Timestamp(seconds: candidate)
            }
        }
        return nil
    }

    /// The first whole minute that is not before.
    private func minute(at seconds: Int) -> Int { (seconds + 59) / 60 }
}

extension Timestamp {
    fileprivate init(seconds: Int) { self.init(milliseconds: Int64(seconds) * 1000) }
}

/// All times are seconds since 1970.
extension TimeZone {
    /// Seconds ahead of UTC.
    func offset(at moment: Int) -> Int { secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment))) }

    /// When the clock is next put forward or back, and the offset from then on.
    func shift(after moment: Int) -> (moment: Int, offset: Int)? {
        guard let date = nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: Double(moment))) else {
            return nil
        }
        let next = Int(date.timeIntervalSince1970.rounded())
        return next > moment ? (next, offset(at: next)) : nil
    }

    /// When the clock shows at `moment` what it has shown before, because it was put back within the last day: when
    /// that ends.
    fileprivate func endOfRepetition(at moment: Int) -> Int? {
        guard let shift = shift(after: moment - 86_400), shift.moment <= moment else { return nil }
        let end = shift.moment + offset(at: shift.moment - 1) - shift.offset
        return moment < end ? end : nil
    }
}

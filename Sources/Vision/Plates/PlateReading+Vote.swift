extension PlateReading {
    /// What several readings of one plate, of any lengths, say together: each is aligned with those before it by edit
    /// distance, then every place is put to the vote (ROVER: J. Fiscus, "A post-processing system to yield reduced
    /// word error rates", 1997).
    ///
    /// A reading weighs its confidence to the fourth power, so that a doubtful one decides only where others differ;
    /// a character weighs its own confidence on top, and seeing nothing where others saw a character weighs
    /// ``absence`` of the reading's confidence. Each character's confidence is its share of all votes, the reading's
    /// their mean.
    /// - Parameters:
    ///   - readings: a single one with text is returned as it is.
    ///   - candidateLimit: at most so many candidates are given.
    public init(voting readings: [PlateReading], candidateLimit: Int = 5) {
        let read = readings.enumerated().filter { !$0.element.text.isEmpty }.sorted { one, other in
            let (left, right) = (one.element.confidence, other.element.confidence)
            return left == right ? one.offset < other.offset : left > right
        }.map(\.element)
        guard read.count > 1 else {
            self = read.first ?? readings.first ?? PlateReading(slots: [], candidateLimit: candidateLimit)
            return
        }
        var ballot = PlateBallot(read[0])
        for reading in read.dropFirst() { ballot.add(reading) }
        let places = ballot.result
        let chosen = places.compactMap { $0.first }.filter { $0.character != nil }
        let sum = chosen.reduce(0) { $0 + $1.probability }
        self.init(
            places: places, confidence: chosen.isEmpty ? 0 : sum / Float(chosen.count),
            candidateLimit: candidateLimit)
    }
}

/// The votes of several readings, place by place.
private struct PlateBallot {
    /// ROVER's confidence of a missing word: less than what a reader gives to characters that it sees.
    private static let absence: Float = 0.7
    /// A little less than two gaps cost: characters that are nothing like each other still share a place.
    private static let gapCost: Float = 0.9

    /// The sum of the votes for each character, or for none.
    private typealias Votes = [Character?: Float]

    private var places: [Votes]
    /// The weights of all readings so far, and what they give to a place where they saw nothing.
    private var total: Float
    private var absent: Float

    init(_ reading: PlateReading) {
        places = []
        total = 0
        absent = 0
        places = seen(reading).map { votes($0, weight: weight(reading)) }
        count(reading)
    }

    private func weight(_ reading: PlateReading) -> Float {
        let confidence = min(max(reading.confidence, 0), 1)
        return confidence * confidence * confidence * confidence
    }

    private mutating func count(_ reading: PlateReading) {
        total += weight(reading)
        absent += weight(reading) * Self.absence * reading.confidence
    }

    /// The places at which the reading has a character.
    private func seen(_ reading: PlateReading) -> [[TextSlot.Choice]] {
        reading.places.filter { $0.first?.character != nil }
    }

    private func votes(_ choices: [TextSlot.Choice], weight: Float) -> Votes {
        var votes: Votes = [:]
        for choice in choices { votes[choice.character, default: 0] += weight * choice.probability }
        return votes
    }

    mutating func add(_ reading: PlateReading) {
        let weight = weight(reading)
        let choices = seen(reading)
        places = alignment(choices).map { pair in
            let before = pair.place.map { places[$0] } ?? [nil: absent]
            let added =
                pair.choice.map { votes(choices[$0], weight: weight) }
                ?? [nil: weight * Self.absence * reading.confidence]
            return before.merging(added, uniquingKeysWith: +)
        }
        count(reading)
    }

    /// Which place and which character of the reading go together; one of the two is `nil` at a gap.
    private func alignment(_ choices: [[TextSlot.Choice]]) -> [(place: Int?, choice: Int?)] {
        let (rows, columns) = (places.count, choices.count)
        var costs = [[Float]](repeating: [Float](repeating: 0, count: columns + 1), count: rows + 1)
        for row in 0...rows {
            for column in 0...columns where row + column > 0 {
                costs[row][column] = min(
                    row > 0 && column > 0
                        ? costs[row - 1][column - 1] + cost(row - 1, choices[column - 1]) : .infinity,
                    row > 0 ? costs[row - 1][column] + Self.gapCost : .infinity,
                    column > 0 ? costs[row][column - 1] + Self.gapCost : .infinity)
            }
        }
        var (row, column) = (rows, columns)
        var pairs: [(place: Int?, choice: Int?)] = []
        while row > 0 || column > 0 {
            if row > 0, column > 0,
                costs[row][column] == costs[row - 1][column - 1] + cost(row - 1, choices[column - 1])
            {
                (row, column) = (row - 1, column - 1)
                pairs.append((row, column))
            } else if row > 0, costs[row][column] == costs[row - 1][column] + Self.gapCost {
                row -= 1
                pairs.append((row, nil))
            } else {
                column -= 1
                pairs.append((nil, column))
            }
        }
        return pairs.reversed()
    }

    /// 0 for the same character, half for one that looks alike.
    private func cost(_ place: Int, _ choices: [TextSlot.Choice]) -> Float {
        guard let character = choices.first?.character else { return 1 }
        let likeness = places[place].keys.compactMap { $0 }
            .map { PlateConfusions.likeness($0, character) * ($0 == character ? 1 : 0.5) }
        return 1 - (likeness.max() ?? 0)
    }

    /// Every place's choices as shares of all votes, best first.
    var result: [[TextSlot.Choice]] {
        places.map { votes in
            votes.map { character, sum in
                TextSlot.Choice(character: character, probability: total > 0 ? min(sum / total, 1) : 0)
            }
            .sorted { one, other in
                if one.probability != other.probability { return one.probability > other.probability }
                guard let left = one.character else { return false }
                guard let right = other.character else { return true }
                return left < right
            }
        }
    }
}

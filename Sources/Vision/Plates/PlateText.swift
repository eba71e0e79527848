/// Plate numbers in the form in which they are kept and compared.
public enum PlateText {
    /// Upper case A–Z and 0–9 only: full-width forms are folded to ASCII (of NFKC the part that plates meet), letters
    /// raised, everything else (blanks, hyphens, dots, other scripts) left out.
    public static func normalized(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            for raised in halfWidth(scalar).properties.uppercaseMapping.unicodeScalars where isKept(raised) {
                result.append(raised)
            }
        }
        return String(result)
    }

    /// The normalised text with letters that plates print like digits as those digits: O as 0 and I as 1. Two readings
    /// are taken as equal when these are; never shown.
    public static func folded(_ text: String) -> String {
        String(
            normalized(text).map { character in
                switch character {
                case "O": "0"
                case "I": "1"
                default: character
                }
            })
    }

    private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
        ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    /// U+FF01…U+FF5E are U+0021…U+007E in full width.
    private static func halfWidth(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard (0xFF01...0xFF5E).contains(scalar.value) else { return scalar }
        return Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    }
}

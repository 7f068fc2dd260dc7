namespace Mesh.Api.Authorization;

/// <summary>
/// Text in which <c>*</c> stands for any run of characters, and nothing else for anything but itself: no expression that a name
/// could have a meaning in, and no time that grows beyond the product of the two lengths.
/// </summary>
public static class Glob
{
    /// <summary>Whether all of a text is as a pattern says.</summary>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] is '*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && pattern[p] == text[t])
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                // The last star takes one more; those before it need no other choice.
                p = star + 1;
                t = ++resume;
            }
            else return false;
        }
        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }
}

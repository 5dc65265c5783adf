namespace Estampa.Runner;

/// <summary>The style sheet of a report: light and dark, on screen and on paper, with the fonts of the reader's machine.</summary>
internal static class ReportStyle
{
    public const string Sheet = """
        :root { color-scheme: light dark; --paper: #ffffff; --ink: #20242a; --soft: #5c646e; --rule: #dfe3e8;
          --tint: #f5f7f9; --accent: #0072b2; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14171b; --ink: #e4e7eb; --soft: #9aa4af; --rule: #313840; --tint: #1c2126; --accent: #56b4e9; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 1100px; margin: 0 auto; padding: 56px 32px 72px; }
        h1 { font-size: 30px; line-height: 1.25; font-weight: 650; margin: 0 0 12px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
        h2 { font-size: 21px; font-weight: 650; margin: 0 0 12px; overflow-wrap: anywhere; }
        p { max-width: 46em; margin: 0 0 14px; overflow-wrap: anywhere; }
        p.lead { font-size: 18px; line-height: 1.55; }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        nav { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 14px; padding: 12px 0; border-block: 1px solid var(--rule); }
        section { margin-top: 52px; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 20px 24px; margin: 28px 0 32px; }
        dl div { display: flex; flex-direction: column; justify-content: space-between; border-left: 3px solid var(--accent);
          padding-left: 12px; min-width: 0; }
        dt { font-size: 13px; color: var(--soft); line-height: 1.35; }
        dd { margin: 2px 0 0; font-size: 20px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums;
          overflow-wrap: anywhere; }
        .figures { display: flex; flex-wrap: wrap; gap: 28px; align-items: flex-start; margin-top: 20px; }
        figure { margin: 0; max-width: 100%; }
        figure svg { display: block; max-width: 100%; height: auto; background: #ffffff; border: 1px solid var(--rule);
          border-radius: 4px; }
        figcaption, caption { font-size: 14px; line-height: 1.5; color: var(--soft); text-align: left; }
        figcaption { margin-top: 8px; contain: inline-size; }
        caption { caption-side: bottom; padding-top: 8px; }
        b.number { color: var(--ink); font-weight: 600; }
        .scroll { overflow-x: auto; margin-top: 20px; }
        table { border-collapse: collapse; font-size: 14px; line-height: 1.45; font-variant-numeric: tabular-nums; }
        th, td { padding: 6px 28px 6px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule);
          overflow-wrap: break-word; }
        th:last-child, td:last-child { padding-right: 0; }
        th { font-weight: 600; border-bottom: 2px solid var(--rule); }
        td { max-width: 34em; }
        th.number, td.number { text-align: right; }
        td.number { white-space: nowrap; }
        pre { background: var(--tint); border: 1px solid var(--rule); border-radius: 4px; padding: 12px 16px; margin: 0 0 14px;
          overflow-x: auto; font: 13.5px/1.55 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
        footer { margin-top: 64px; padding-top: 16px; border-top: 1px solid var(--rule); font-size: 13px; color: var(--soft); }
        @media (max-width: 640px) { main { padding: 28px 16px 40px; } h1 { font-size: 24px; } }
        @media print {
          :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --soft: #444444; --rule: #cccccc; --tint: #f6f6f6;
            --accent: #0072b2; }
          @page { margin: 16mm; }
          body { font-size: 10.5pt; }
          main { max-width: none; padding: 0; }
          nav { display: none; }
          section { margin-top: 28px; }
          figure, tr, pre { break-inside: avoid; }
          h2, .lead { break-after: avoid; }
          pre { white-space: pre-wrap; }
          figure svg { max-height: 235mm; width: auto; border: none; }
        }
        """;
}

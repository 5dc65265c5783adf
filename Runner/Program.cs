Console.WriteLine("estampa");
